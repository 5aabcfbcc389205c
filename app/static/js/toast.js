// Toasts: what was done (3 s), what can be undone or went wrong (8 s). What needs a decision is a dialog, not a toast.
import { $$, el, icon } from './dom.js';

/** Show a short message. kind: '' done, 'amber' partly, 'red' failed; action: {label, run}. */
export function toast(text, kind = '', action = null) {
  $$('body > .toast').forEach(old => old.remove());
  const made = el('div', { class: `toast ${kind}`.trim(), role: kind === 'red' ? 'alert' : 'status' }, icon(kind ? 'alert' : 'check'), text);
  if (action) {
    const button = el('button', { type: 'button' }, action.label);
    button.addEventListener('click', () => { made.remove(); action.run?.(); });
    made.append(button);
  }
  // A modal dialog covers the page, so the toast goes on top of it, inside.
  (($$('dialog[open]').pop()) || document.body).append(made);
  setTimeout(() => made.remove(), action || kind ? 8000 : 3000);
  return made;
}

/** Notes of the last request: good news becomes a toast, bad news stays on the page until it is read. */
export function start() {
  $$('.flashes [data-toast]').forEach(note => { toast(note.textContent.trim()); note.remove(); });
  $$('.flashes').forEach(box => { if (!box.children.length) box.remove(); }); // an empty box would leave its gap
}
