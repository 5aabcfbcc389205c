// Lists: J K X ↵, a click opens the row, Shift-click takes a range, filter popovers, columns shown or not.
import { $, $$, keep, kept, say, seen } from './dom.js';
import { isTyping, onKey } from './keys.js';
import { fenOf, writeMoney } from './money.js';

export function enhance(list) {
  const rows = $$('tbody tr', list), wrap = list.closest('.listwrap') || list.parentNode;
  const boxes = rows.map(row => $('input[type="checkbox"]', row));
  const bar = $('.batchbar', wrap.parentNode);
  let last = -1;

  const count = () => {
    let ticked = 0, fen = 0;
    boxes.forEach((box, i) => {
      if (!box) return;
      rows[i].setAttribute('aria-selected', box.checked);
      if (box.checked) { ticked += 1; fen += fenOf(rows[i].dataset.sum); }
    });
    const all = $('thead input[type="checkbox"]', list);
    if (all) { all.checked = ticked > 0 && ticked === boxes.filter(Boolean).length; all.indeterminate = ticked > 0 && !all.checked; }
    if (!bar) return;
    bar.hidden = !ticked;
    const number = $('b', bar), sum = $('[data-batch-sum]', bar);
    if (number) number.textContent = ticked;
    if (sum) sum.textContent = fen ? say('batch_sum', { amount: writeMoney(fen) }) : '';
  };

  list.addEventListener('click', event => {
    const i = boxes.indexOf(event.target);
    if (i >= 0) {
      if (event.shiftKey && last >= 0) for (let k = Math.min(i, last); k <= Math.max(i, last); k += 1) if (boxes[k]) boxes[k].checked = event.target.checked;
      last = i;
      count();
      return;
    }
    if (event.target.matches('thead input[type="checkbox"]')) { boxes.forEach(box => { if (box) box.checked = event.target.checked; }); count(); return; }
    const row = event.target.closest('tbody tr[data-href]');
    if (!row || event.target.closest('a, button, input, label, select, summary') || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, '_blank', 'noopener');
    else location.href = row.dataset.href;
  });
  bar?.addEventListener('click', event => {
    if (!event.target.closest('[data-clear]')) return;
    boxes.forEach(box => { if (box) box.checked = false; });
    count();
  });

  onKey(document, event => {
    if (isTyping(event.target) || /^(BUTTON|A|SUMMARY)$/.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey || $('dialog[open]')) return;
    const visible = rows.filter(seen), here = visible.findIndex(row => row.classList.contains('at')), key = event.key.toLowerCase();
    if (key === 'j' || key === 'k') {
      const next = visible[Math.max(0, Math.min(visible.length - 1, here + (key === 'j' ? 1 : -1)))];
      visible.forEach(row => row.classList.toggle('at', row === next));
      next?.scrollIntoView({ block: 'nearest' });
    } else if (key === 'x' && here >= 0) {
      const box = $('input[type="checkbox"]', visible[here]);
      if (box) { box.checked = !box.checked; last = boxes.indexOf(box); count(); }
    } else if (event.key === 'Enter' && here >= 0 && visible[here].dataset.href) location.href = visible[here].dataset.href;
  });

  columns(list);
  count();
}

/** Which columns are shown is a matter of taste: kept in the browser, per list. */
function columns(list) {
  const name = 'cols ' + (list.dataset.kind || location.pathname), away = new Set(kept()[name] || []);
  const show = (key, on) => $$(`[data-c="${key}"]`, list).forEach(cell => cell.classList.toggle('off', !on));
  $$('[data-col]').forEach(box => {
    box.checked = !away.has(box.dataset.col);
    show(box.dataset.col, box.checked);
    box.addEventListener('change', () => {
      if (box.checked) away.delete(box.dataset.col); else away.add(box.dataset.col);
      show(box.dataset.col, box.checked);
      keep({ [name]: [...away] });
    });
  });
}

/** A filter's popover: opening puts the cursor into its search; typing narrows; Ctrl+Del clears; ↵ applies. */
export function chip(box) {
  const form = $('form', box), find = $('input[type="search"]', form), options = $$('.opt', form);
  box.addEventListener('toggle', () => {
    if (!box.open) return;
    $$('details.drop[open]').forEach(other => { if (other !== box) other.open = false; });
    const pop = $('.pop', box);
    pop.classList.toggle('right', box.getBoundingClientRect().left + pop.offsetWidth > innerWidth - 12);
    (find || $('input', form))?.focus();
  });
  find?.addEventListener('input', () => {
    const typed = find.value.trim().toLowerCase();
    options.forEach(option => { option.hidden = !!typed && !(option.textContent + (option.dataset.py || '')).toLowerCase().includes(typed); });
  });
  onKey(form, event => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'Delete') {
      event.preventDefault();
      $$('input[type="checkbox"]', form).forEach(tick => { tick.checked = false; });
      form.requestSubmit ? form.requestSubmit() : form.submit();
    } else if (event.key === 'Enter' && event.target === find) {
      // one hit left: Enter takes it
      event.preventDefault();
      const left = options.filter(option => !option.hidden);
      if (find.value.trim() && left.length === 1) $('input', left[0]).checked = true;
      form.submit();
    } else if (/^Arrow(Up|Down)$/.test(event.key)) {
      event.preventDefault();
      const ticks = options.filter(option => !option.hidden).map(option => $('input', option));
      const here = ticks.indexOf(document.activeElement);
      ticks[(here + (event.key === 'ArrowDown' ? 1 : ticks.length - (here < 0 ? 0 : 1))) % ticks.length]?.focus();
    }
  });
  // An empty search box has no business in the address.
  form.addEventListener('submit', () => { if (find) find.disabled = true; });
}
