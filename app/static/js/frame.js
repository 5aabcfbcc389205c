// The frame: drawer on the phone, slim menu with flyouts, theme, drop menus, segments, tabs, folding rows, global search.
import { $, $$, ask, debounce, el, keep, nodes, say } from './dom.js';
import { isTyping, onKey } from './keys.js';

const root = document.documentElement;
const slim = () => root.classList.contains('slim');

function drawer(on) {
  document.body.classList.toggle('nav-open', on);
  $('.scrim.nav')?.remove();
  $$('[data-act="nav"]').forEach(button => button.setAttribute('aria-expanded', on));
  if (!on) return;
  const scrim = el('button', { class: 'scrim nav', type: 'button', 'aria-label': say('close_menu') });
  scrim.addEventListener('click', () => drawer(false));
  document.body.append(scrim);
  $('.sidebar a')?.focus();
}

function menu() {
  const groups = $$('.sidebar details');
  const fold = () => groups.forEach(group => { group.open = !slim() && !!$('[aria-current]', group); });
  groups.forEach(group => {
    const list = $('ul', group), summary = $('summary', group);
    summary.title = list.dataset.name || '';
    // In the slim menu a group opens beside the bar, at the height of its icon.
    group.addEventListener('toggle', () => {
      if (!slim()) { list.style.top = ''; return; }
      if (!group.open) return;
      groups.forEach(other => { if (other !== group) other.open = false; });
      list.style.top = Math.max(8, Math.min(summary.getBoundingClientRect().top, innerHeight - list.offsetHeight - 8)) + 'px';
    });
    group.addEventListener('mouseenter', () => { if (slim()) group.open = true; });
    group.addEventListener('mouseleave', () => { if (slim()) group.open = false; });
    onKey(group, event => {
      if (!slim() || !group.open || !/^Arrow(Up|Down)$/.test(event.key)) return;
      event.preventDefault();
      const links = $$('a', group), here = links.indexOf(document.activeElement);
      links[(here + (event.key === 'ArrowDown' ? 1 : links.length - (here < 0 ? 0 : 1))) % links.length]?.focus();
    });
  });
  if (slim()) fold();
  document.addEventListener('click', event => {
    if (!slim()) return;
    const summary = event.target.closest('.sidebar summary');
    // A mouse already opened it by hovering: the click must not close it again. A finger or Enter just opens it.
    if (summary && event.detail) { event.preventDefault(); summary.parentNode.open = true; }
    else if (!event.target.closest('.sidebar details')) fold();
  });
  return fold;
}

/** Suggestions under the global search: the server's fragment, walked with ↑ ↓ ↵. Without scripts it is a plain search page. */
function search() {
  const input = $('#q'), form = input?.form;
  if (!form?.dataset.suggest) return;
  const box = el('div', { class: 'pick jump', id: 'jump', hidden: true });
  form.append(box);
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-controls', 'jump');
  input.setAttribute('aria-expanded', 'false');
  input.setAttribute('aria-autocomplete', 'list');
  let running = null;
  const show = on => { box.hidden = !on; input.setAttribute('aria-expanded', on); if (!on) input.removeAttribute('aria-activedescendant'); };
  const options = () => $$('[role="option"]', box);
  const mark = chosen => options().forEach(option => {
    option.setAttribute('aria-selected', option === chosen);
    if (option === chosen) { input.setAttribute('aria-activedescendant', option.id); option.scrollIntoView({ block: 'nearest' }); }
  });
  const look = debounce(async () => {
    const typed = input.value.trim();
    running?.abort();
    if (typed.length < 2) return show(false);
    running = new AbortController();
    try {
      const answer = await ask(`${form.dataset.suggest}${encodeURIComponent(typed)}`, { signal: running.signal });
      if (!answer.ok || input.value.trim() !== typed) return show(false);
      box.replaceChildren(...nodes(await answer.text()));
      options().forEach((option, i) => { option.id = `jump-${i}`; option.tabIndex = -1; option.setAttribute('aria-selected', 'false'); });
      show(document.activeElement === input);
    } catch (aborted) { /* a newer question is on its way, or the network is gone: Enter still works */ }
    return null;
  }, 180);
  input.addEventListener('input', look);
  input.addEventListener('focus', () => { if (options().length && input.value.trim().length > 1) show(true); });
  onKey(input, event => {
    const all = options(), here = all.findIndex(option => option.getAttribute('aria-selected') === 'true');
    if (/^Arrow(Up|Down)$/.test(event.key) && all.length && !box.hidden) {
      event.preventDefault();
      mark(all[(here + (event.key === 'ArrowDown' ? 1 : -1 + (here < 0 ? 1 : 0)) + all.length) % all.length]);
    } else if (event.key === 'Enter' && here >= 0 && !box.hidden) { event.preventDefault(); location.href = all[here].href; }
    else if (event.key === 'Escape') { if (box.hidden) input.blur(); else { event.stopPropagation(); show(false); } }
  });
  document.addEventListener('click', event => { if (!form.contains(event.target)) show(false); });
}

function tabs(list) {
  const all = $$('[role="tab"]', list);
  const show = chosen => all.forEach(tab => {
    const on = tab === chosen, panel = document.getElementById(tab.getAttribute('aria-controls'));
    tab.setAttribute('aria-selected', on);
    tab.tabIndex = on ? 0 : -1;
    if (panel) panel.hidden = !on;
  });
  list.addEventListener('click', event => { const tab = event.target.closest('[role="tab"]'); if (tab) show(tab); });
  onKey(list, event => {
    if (!/^Arrow(Left|Right)$/.test(event.key)) return;
    const next = all[(all.indexOf(document.activeElement) + (event.key === 'ArrowRight' ? 1 : all.length - 1)) % all.length];
    show(next);
    next.focus();
  });
  const wanted = all.find(tab => '#' + tab.getAttribute('aria-controls') === location.hash);
  if (wanted) show(wanted);
}

/** A password can be looked at; a text area grows with what is written; wide tables can be scrolled by keys. */
export function enhance(part) {
  $$('[role="tablist"]', part).forEach(tabs);
  $$('textarea[data-grow]', part).forEach(area => {
    const grow = () => { area.style.height = 'auto'; area.style.height = area.scrollHeight + 2 + 'px'; };
    area.addEventListener('input', grow);
    if (area.scrollHeight) grow();
  });
  $$('.scroll, .listwrap, .steps', part).forEach(box => { if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0; });
}

export function start() {
  const fold = menu();
  search();
  document.addEventListener('click', event => {
    const act = event.target.closest('[data-act]')?.dataset.act;
    if (act === 'nav') { event.preventDefault(); drawer(!document.body.classList.contains('nav-open')); }
    else if (act === 'slim') { root.classList.toggle('slim'); keep({ slim: slim() }); fold(); }
    else if (act === 'theme') {
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
      keep({ theme: root.dataset.theme });
    } else if (act === 'density') {
      const on = root.dataset.density !== 'compact';
      if (on) root.dataset.density = 'compact'; else delete root.dataset.density;
      keep({ density: on ? 'compact' : '' });
      $$('[data-act="density"]').forEach(button => button.setAttribute('aria-pressed', on));
    } else if (act === 'print') { event.preventDefault(); window.print(); }
    else if (act === 'reload') { event.preventDefault(); location.reload(); }
    const eye = event.target.closest('[data-reveal]');
    if (eye) {
      const field = document.getElementById(eye.dataset.reveal), on = field.type === 'password';
      field.type = on ? 'text' : 'password';
      eye.setAttribute('aria-pressed', on);
    }
    const copy = event.target.closest('[data-copy]');
    if (copy) import('./preview.js').then(({ copyText }) => copyText(copy.dataset.copy));
    const folds = event.target.closest('.fold[aria-controls]');
    if (folds) {
      const on = folds.getAttribute('aria-expanded') !== 'true';
      folds.setAttribute('aria-expanded', on);
      folds.getAttribute('aria-controls').trim().split(/\s+/).forEach(id => { document.getElementById(id).hidden = !on; });
    }
    $$('details.drop[open]').forEach(drop => { if (!drop.contains(event.target)) drop.open = false; });
  });
  $$('[data-act="density"]').forEach(button => button.setAttribute('aria-pressed', root.dataset.density === 'compact'));
  onKey(document, event => {
    if (event.key !== 'Escape' || $('dialog[open]')) return;
    const drop = $$('details.drop[open]').pop();
    if (drop) { drop.open = false; $('summary', drop).focus(); }
    else if (document.body.classList.contains('nav-open')) drawer(false);
    else if (slim()) fold();
    else if (isTyping(event.target)) event.target.blur();
  });
}
