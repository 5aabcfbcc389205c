// Keys. Every handler of this site goes through onKey: while an input method composes, nothing is a key.
import { $, $$, el, icon, say, seen } from './dom.js';

/** Listen for keys, but not for those an input method is using (the first language here is Chinese). */
export function onKey(target, handler, options) {
  target.addEventListener('keydown', event => {
    if (!event.isComposing && event.keyCode !== 229) handler(event);
  }, options);
}

export const isTyping = target => /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type)
  || target.isContentEditable;

/** Click the visible control which carries this key; a disabled one says why. Inside an open dialog only its own count. */
export function press(key) {
  const top = $$('dialog[open]').pop();
  const button = $$(`[data-key="${key}"]`, top || document).find(seen);
  if (!button) return false;
  if (button.disabled || button.getAttribute('aria-disabled') === 'true') {
    import('./toast.js').then(({ toast }) => toast(button.title || say('not_now'), 'amber'));
  } else button.click();
  return true;
}

let at = null;
/** F8: the next place to mend. */
export function nextToMend() {
  const all = $$('[aria-invalid="true"], .bad').filter(seen);
  if (!all.length) return import('./toast.js').then(({ toast }) => toast(say('nothing_to_mend')));
  at = all[(all.indexOf(at) + 1) % all.length];
  if (!/^(INPUT|SELECT|TEXTAREA|BUTTON|A)$/.test(at.tagName)) at.tabIndex = -1;
  at.focus();
  at.scrollIntoView({ block: 'center' });
  return null;
}

function sheet() {
  const rows = ['/', '?', 'Ctrl S', 'Ctrl ↵', 'Alt N', 'Alt ← →', 'F8', '[', '↵ Tab', '↑ ↓', 'Ctrl D', 'Ctrl Del', 'J K X', 'Ctrl P', 'Esc', 'Alt'];
  const list = el('dl', { class: 'facts two' }, ...rows.map(key => el('div', {}, el('dt', {}, el('kbd', {}, key)), el('dd', {}, say('key ' + key)))));
  const close = el('button', { class: 'btn quiet icon', type: 'button', 'data-close': true, 'aria-label': say('close') }, icon('x'));
  const dialog = el('dialog', { class: 'dialog', id: 'keys', 'aria-labelledby': 'keys-title' },
    el('header', {}, el('div', { class: 'grow' }, el('h1', { id: 'keys-title' }, say('keys'))), close), el('div', { class: 'body' }, list));
  document.body.append(dialog);
  return dialog;
}

export function showKeys() {
  const dialog = $('#keys') || sheet();
  if (!dialog.open) dialog.showModal();
}

export function start() {
  onKey(document, event => {
    const mod = event.ctrlKey || event.metaKey, typing = isTyping(event.target), key = event.key;
    const done = hit => { if (hit) event.preventDefault(); };
    if (mod && key.toLowerCase() === 's') { event.preventDefault(); press('Ctrl S'); }
    else if (mod && key === 'Enter') done(press('Ctrl ↵'));
    else if (key === 'F8') { event.preventDefault(); nextToMend(); }
    else if (key === 'Alt') document.body.classList.add('alt');
    else if (event.altKey && (key === 'ArrowLeft' || key === 'ArrowRight')) done(press(key === 'ArrowLeft' ? 'Alt ←' : 'Alt →'));
    else if (event.altKey && event.code === 'KeyN' && !event.defaultPrevented) done(press('Alt N'));
    else if (typing || mod || event.altKey || $('dialog[open]')) return;
    else if (key === '/') { event.preventDefault(); $('#q')?.focus(); }
    else if (key === '?') { event.preventDefault(); showKeys(); }
    else if (key === '[') done(press('['));
    else if (key.toLowerCase() === 'c') done(press('C'));
  });
  document.addEventListener('keyup', event => { if (event.key === 'Alt') document.body.classList.remove('alt'); });
  addEventListener('blur', () => document.body.classList.remove('alt'));
  document.addEventListener('click', event => { if (event.target.closest('[data-act="keys"]')) showKeys(); });
}
