// Nothing typed is ever lost: a changed form is kept in this browser and offered back, never put over what the server sent.
// Drafts belong to a person (data-draft carries the user), live 14 days and hold no file and no password.
import { $, $$, el, icon, put, say } from './dom.js';

const PREFIX = 'caryard draft ', DAYS = 14;
const read = key => { try { return JSON.parse(localStorage.getItem(PREFIX + key) || 'null'); } catch (refused) { return null; } };

const worth = field => field.name && !('off' in field.dataset) && !/^(csrf_token|version|_do)$/.test(field.name) && !/^(password|file|submit|button)$/.test(field.type);

function values(form) {
  const held = {};
  Array.from(form.elements).filter(worth).forEach(field => {
    if (field.type === 'radio') { if (field.checked) held[field.name] = field.value; }
    else held[field.name] = field.type === 'checkbox' ? field.checked : field.value;
    // A picker's label goes along with its id, so that it can be shown again without asking.
    const box = field.closest('[data-picker]');
    if (box && field.type === 'hidden') held[field.name + '__label'] = $('input:not([type="hidden"])', box).value;
  });
  return held;
}

export function hold(form) {
  if (!form.dataset.draft) return;
  try { localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ at: Date.now(), values: values(form) })); } catch (full) { /* then there is none */ }
}
export function drop(form) {
  if (form.dataset.draft) localStorage.removeItem(PREFIX + form.dataset.draft);
}

const SENT = 'caryard sent';
/** A form is on its way to the server … */
export function sent(form) {
  if (form.dataset.draft) sessionStorage.setItem(SENT, form.dataset.draft);
}
/** … and unless the next page is the same form again with its errors, an error page or the log-in, it has arrived. */
export function arrived() {
  const key = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (!key || $('[data-not-saved]') || $$('form[data-dirty]').some(form => form.dataset.draft === key)) return;
  localStorage.removeItem(PREFIX + key);
}

async function back(form, held) {
  // Lines first: as many rows as the draft had.
  $$('table[data-grid]', form).forEach(grid => {
    const wanted = new Set(Object.keys(held).map(name => new RegExp(`^${grid.dataset.grid}-(\\d+)-`).exec(name)?.[1]).filter(Boolean)).size;
    while ($('tbody', grid).rows.length < wanted && $('[data-line="add"]', grid)) $('[data-line="add"]', grid).click();
  });
  await Promise.all($$('table[data-grid]', form).map(grid => grid.ready));
  Array.from(form.elements).filter(worth).forEach(field => {
    if (!(field.name in held)) return;
    const box = field.closest('[data-picker]');
    if (box && field.type === 'hidden') {
      if (field.value !== held[field.name]) box.dispatchEvent(new CustomEvent('pick', { detail: held[field.name] ? { id: held[field.name], label: held[field.name + '__label'] || '' } : null }));
    } else if (field.type === 'radio') { if (field.value === held[field.name]) { field.checked = true; field.dispatchEvent(new Event('change', { bubbles: true })); } }
    else if (field.type === 'checkbox' ? field.checked !== held[field.name] : field.value !== held[field.name]) put(field, held[field.name]);
  });
}

/** A saved page clears its draft; a draft that differs from what the server sent is offered. */
export function offer(form) {
  const key = form.dataset.draft;
  if (!key) return;
  try {
    Object.keys(localStorage).filter(name => name.startsWith(PREFIX) && Date.now() - (read(name.slice(PREFIX.length))?.at || 0) > DAYS * 864e5).forEach(name => localStorage.removeItem(name));
  } catch (refused) { return; }
  const draft = read(key), now = values(form);
  if (!draft) return;
  const names = new Set([...Object.keys(draft.values), ...Object.keys(now)]);
  const differ = [...names].filter(name => !name.endsWith('__label') && String(draft.values[name] ?? '') !== String(now[name] ?? ''));
  if (!differ.length || form.hasAttribute('data-dirty')) { if (!differ.length) drop(form); return; }
  const take = el('button', { class: 'btn small', type: 'button' }, say('draft_take')), leave = el('button', { class: 'btn small quiet', type: 'button' }, say('draft_leave'));
  const when = new Date(draft.at).toLocaleString(document.documentElement.lang || undefined, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' });
  const note = el('div', { class: 'note', role: 'status' }, icon('rotate'), el('div', {}, el('b', {}, say('draft_found', { when })), ' ', say('draft_differs', { count: differ.length }), el('div', { class: 'row wrap' }, take, leave)));
  take.addEventListener('click', () => { note.remove(); back(form, draft.values); });
  leave.addEventListener('click', () => { note.remove(); drop(form); });
  ($('.docmain', form) || $('.card', form) || form).prepend(note);
}
