// The picker: search as you type for a person, a car, a fee … A hidden field holds the id, the visible one the label.
//
//   <div class="with drop" data-picker="/pick/party" data-kind="party" data-can-create data-fills='{"plate": "plate"}'>
//     <div class="input chosen">…link, facts, pencil…</div>          (forms only; a grid's cell has no room)
//     <input type="hidden" name="seller_id" value="12" data-picked>
//     <input class="input" id="f-seller_id" autocomplete="off" value="王建国">
//   </div>
//
// GET <picker>?q= answers {"results": [{"id", "label", "hint", "right", "url", …extras}], "more": bool, "can_create": bool}.
// Choosing fires `change` on the hidden field, detail = the result (null when emptied); data-fills copies its extras on.
import { $, $$, ask, debounce, el, freshId, icon, put, say } from './dom.js';
import { onKey } from './keys.js';
import { toast } from './toast.js';

const PHONE = '(max-width: 720px)';

/** The field an extra goes to: in a grid the same row's, else the form's. */
function sibling(hidden, name) {
  const row = /^(\w+-\d+-)/.exec(hidden.name), form = hidden.form;
  const found = form.elements.namedItem(row ? row[1] + name : name) || form.elements.namedItem(name);
  return found instanceof RadioNodeList ? found[0] : found; // a checkbox travels with its "off" 
}

export function enhance(box) {
  const hidden = $('input[type="hidden"]', box), input = $('input:not([type="hidden"])', box), chosen = $('.chosen', box);
  const kind = box.dataset.kind || box.dataset.picker.split('?')[0].split('/').pop();
  const label = input.getAttribute('aria-label') || document.querySelector(`label[for="${input.id}"]`)?.textContent.trim() || '';
  const list = el('div', { role: 'listbox', 'aria-label': label, id: freshId('picklist') });
  const foot = el('footer', { class: 'row between' }), pop = el('div', { class: 'pick', hidden: true }, list, foot);
  const live = el('span', { class: 'sr', role: 'status' });
  let results = [], at = -1, running = null, agreed = input.value, busy = false, creating = false;

  pop.addEventListener('mousedown', event => event.preventDefault()); // the cursor stays in the field
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-autocomplete', 'list');
  input.setAttribute('aria-haspopup', 'listbox');
  input.setAttribute('aria-expanded', 'false');
  input.setAttribute('aria-controls', list.id);

  // The list hangs on the page, not in a table's scrolling box, where it would be cut off.
  const inside = !box.closest('.linegrid');
  const home = () => (inside ? box : box.closest('dialog, main') || document.body);
  const place = () => {
    if (inside || matchMedia(PHONE).matches) { pop.style.cssText = ''; return; }
    const spot = input.getBoundingClientRect(), width = Math.min(460, innerWidth - 16);
    const below = innerHeight - spot.bottom > Math.min(320, pop.offsetHeight + 8);
    pop.style.position = 'fixed';
    pop.style.width = width + 'px';
    pop.style.left = Math.max(8, Math.min(spot.left, innerWidth - width - 8)) + 'px';
    pop.style.top = below ? spot.bottom + 4 + 'px' : 'auto';
    pop.style.bottom = below ? 'auto' : innerHeight - spot.top + 4 + 'px';
  };
  const close = () => {
    pop.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    removeEventListener('scroll', place, true);
  };
  const open = () => {
    if (!pop.parentNode) { home().append(pop); box.append(live); }
    pop.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    place();
    addEventListener('scroll', place, true);
  };
  const mark = index => {
    at = index;
    $$('[role="option"]', list).forEach((option, i) => {
      option.setAttribute('aria-selected', i === at);
      if (i === at) { input.setAttribute('aria-activedescendant', option.id); option.scrollIntoView({ block: 'nearest' }); }
    });
  };

  const flag = wrong => {
    input.setCustomValidity(wrong);
    if (wrong) { input.setAttribute('aria-invalid', 'true'); input.title = wrong; }
    else { input.removeAttribute('aria-invalid'); input.removeAttribute('title'); }
  };

  const showChosen = result => {
    if (!chosen) return;
    const on = !!result && !!result.id, name = $('[data-chosen-name]', chosen);
    chosen.hidden = !on;
    input.hidden = on;
    $$('.drop-mark', box).forEach(mark => { mark.hidden = on; });
    if (!on) return;
    const title = result.url ? el('a', { href: result.url }, result.label) : el('span', {}, result.label);
    name.replaceChildren(title, result.hint ? el('small', {}, result.hint) : '');
  };
  const reopen = () => {
    if (!chosen || chosen.hidden) return;
    chosen.hidden = true;
    input.hidden = false;
    input.focus();
    input.select();
  };

  const choose = (result, stay = false) => {
    hidden.value = result ? result.id : '';
    input.value = agreed = result ? result.label : '';
    flag('');
    close();
    showChosen(result);
    hidden.dispatchEvent(new CustomEvent('change', { bubbles: true, detail: result }));
    const fills = JSON.parse(box.dataset.fills || '{}');
    if (result) for (const [name, key] of Object.entries(fills)) {
      const value = result[key], target = sibling(hidden, name);
      if (!target || value === undefined || value === null) continue;
      const other = target.closest?.('[data-picker]');
      if (other && typeof value === 'object') other.dispatchEvent(new CustomEvent('pick', { detail: value }));
      else put(target, value);
    }
    if (chosen && !chosen.hidden && !stay) $('button', chosen)?.focus();
  };
  box.addEventListener('pick', event => choose(event.detail, true)); // another picker fills this one

  const draw = (answer, typed) => {
    results = answer.results || [];
    list.replaceChildren(...results.map((result, i) => {
      const text = el('div', {}, el('b', {}, result.label), result.hint ? el('small', { title: result.hint }, result.hint) : '');
      const option = el('div', { role: 'option', id: `${list.id}-${i}`, 'aria-selected': 'false', class: 'plain' }, text, result.right ? el('small', { class: 'r' }, result.right) : '');
      option.addEventListener('click', () => choose(result));
      return option;
    }));
    list.hidden = !results.length;
    const create = answer.can_create ?? ('canCreate' in box.dataset);
    const note = el('small', {}, results.length ? (answer.more ? say('pick_more') : '') : say('pick_none', { text: typed }));
    foot.replaceChildren(note);
    if (create) {
      const button = el('button', { class: 'btn small', type: 'button', 'data-key': 'Alt N' }, icon('plus'), typed ? say('pick_create', { text: typed }) : say('pick_create_new'), el('kbd', {}, 'Alt N'));
      button.addEventListener('click', () => createMissing(typed));
      foot.append(button);
    }
    foot.hidden = !create && !note.textContent;
    live.textContent = results.length ? say('pick_count', { count: results.length }) : say('pick_none', { text: typed });
    open();
    mark(results.length && typed ? 0 : -1);
  };

  const find = async typed => {
    running?.abort();
    const mine = running = new AbortController();
    const url = new URL(box.dataset.picker, location.href);
    url.searchParams.set('q', typed);
    for (const name of JSON.parse(box.dataset.with || '[]')) {
      const other = sibling(hidden, name);
      if (other?.value) url.searchParams.set(name, other.value);
    }
    const answer = await ask(url, { signal: mine.signal, headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  const search = async typed => {
    try {
      const data = await find(typed);
      if (document.activeElement === input) draw(data, typed); // the cursor may have gone on meanwhile
    } catch (error) {
      if (error.name !== 'AbortError') { close(); toast(say('pick_failed'), 'red'); }
    }
  };
  /** Left with something typed but not picked: the only hit, or the exact name, is taken; else it is flagged and stays. */
  const resolve = async typed => {
    try {
      const { results: hits = [], more } = await find(typed), same = hits.filter(hit => hit.label === typed);
      const sure = same.length === 1 ? same[0] : hits.length === 1 && !more ? hits[0] : null;
      if (input.value.trim() !== typed) return; // typed on meanwhile
      if (sure) choose(sure, true); else flag(say('pick_one'));
    } catch (error) { if (error.name !== 'AbortError') flag(say('pick_one')); }
  };
  const later = debounce(search, 180);

  /** Make what is missing without leaving: the server's own form in a dialog, its errors shown there again. */
  async function createMissing(typed) {
    if (creating) return;
    creating = true;
    close();
    const { fetchInto, fill } = await import('./dialog.js');
    const url = box.dataset.create || `/${kind}/new?in=dialog`;
    const dialog = await fetchInto(url + (url.includes('?') ? '&' : '?') + 'name=' + encodeURIComponent(typed));
    creating = !!dialog;
    dialog?.addEventListener('close', () => { creating = false; if (!dialog.dataset.made) input.focus(); });
    dialog?.addEventListener('submit', async event => {
      const form = event.target;
      if (form.method === 'dialog') return;
      event.preventDefault();
      event.stopPropagation();
      if (busy) return; // a second Enter while the first is on its way makes no second row
      busy = true;
      const body = new URLSearchParams(new FormData(form));
      if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
      try {
        const answer = await ask(form.action, { method: 'POST', body, headers: { Accept: 'application/json, text/html' } });
        if (answer.ok && /json/.test(answer.headers.get('content-type') || '')) {
          const made = await answer.json();
          dialog.dataset.made = '1';
          dialog.close();
          choose(made);
          toast(say('created', { text: made.label }));
        } else if (answer.status === 422) fill(dialog, await answer.text());
        else toast(say(answer.status === 403 ? 'no_right' : 'failed'), 'red');
      } catch (dead) { toast(say('offline'), 'red'); }
      busy = false;
    });
  }

  input.addEventListener('input', () => {
    flag('');
    if (!input.value.trim()) { if (hidden.value) choose(null, true); later(''); return; }
    later(input.value.trim());
  });
  input.addEventListener('focus', () => { if (!box.closest('.linegrid')) input.select(); });
  input.addEventListener('click', () => { if (pop.hidden && !input.readOnly) search(input.value === agreed ? '' : input.value.trim()); });
  input.addEventListener('blur', () => {
    setTimeout(() => {
      if (pop.contains(document.activeElement) || creating) return;
      const typed = input.value.trim();
      running?.abort();
      close();
      if (typed === agreed.trim() || !typed) { input.value = typed ? agreed : ''; if (hidden.value) showChosen(last()); return; }
      resolve(typed);
    }, 120);
  });
  input.addEventListener('lookup', () => { if (input.value.trim()) resolve(input.value.trim()); });
  const last = () => {
    const name = chosen && $('[data-chosen-name]', chosen), link = name && $('a', name);
    return { id: hidden.value, label: agreed, url: link?.getAttribute('href'), hint: name && $('small', name)?.textContent };
  };

  onKey(input, event => {
    const count = results.length, shown = !pop.hidden;
    if (/^Arrow(Up|Down)$/.test(event.key) && (shown || !box.closest('.linegrid') || event.altKey)) {
      event.preventDefault();
      event.stopPropagation();
      if (!shown) search(input.value === agreed ? '' : input.value.trim());
      else if (count) mark((at + (event.key === 'ArrowDown' ? 1 : count - (at < 0 ? 0 : 1))) % count);
    } else if (event.key === 'Enter' && shown && at >= 0) { event.preventDefault(); event.stopPropagation(); choose(results[at]); }
    else if (event.key === 'Tab' && shown && at >= 0 && input.value !== agreed) choose(results[at], true);
    else if (event.key === 'Escape' && (shown || (chosen && hidden.value))) {
      event.preventDefault();
      event.stopPropagation();
      input.value = agreed;
      flag('');
      close();
      if (chosen && hidden.value) { showChosen(last()); $('button', chosen)?.focus(); }
    } else if (event.altKey && event.code === 'KeyN' && shown) {
      const button = $('button', foot);
      if (button) { event.preventDefault(); event.stopPropagation(); button.click(); }
    }
  });

  if (chosen) {
    $('button', chosen)?.addEventListener('click', reopen);
    document.querySelector(`label[for="${input.id}"]`)?.addEventListener('click', reopen);
    // Typing on the pencil starts a new search at once.
    onKey($('button', chosen), event => {
      if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey || event.key === ' ') return;
      reopen();
    });
    input.hidden = !chosen.hidden;
  }
  $$('.drop-mark', box).forEach(mark => {
    mark.hidden = !!chosen && !chosen.hidden;
    mark.addEventListener('click', () => { input.focus(); search(''); });
  });
}
