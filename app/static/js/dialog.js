// Dialogs: native <dialog>, in the page or fetched from the server. Focus goes back where it came from (the browser's doing).
import { $, $$, ask, el, icon, nodes, say, seen } from './dom.js';
import { toast } from './toast.js';
import { enhance } from './enhance.js';

/** Open a dialog already in the page. */
export function open(dialog) {
  if (!dialog.open) dialog.showModal();
  // Into what is wrong, else into the first thing still to be filled in.
  const empty = () => $$('.field input:not([type="hidden"]), .field select, .field textarea', dialog)
    .find(field => seen(field) && !field.disabled && !field.readOnly && !field.value);
  ($('[aria-invalid="true"]', dialog) || $('[autofocus]', dialog) || empty())?.focus();
}

/** Fill a fetched dialog with a fragment (also again, after errors). */
export function fill(dialog, html) {
  dialog.replaceChildren(...nodes(html));
  const title = $('h1', dialog);
  if (title) { title.id = title.id || dialog.id + '-title'; dialog.setAttribute('aria-labelledby', title.id); }
  const asked = $('[data-size]', dialog)?.dataset.size;
  dialog.className = `dialog ${asked || ''}`.trim();
  enhance(dialog);
  open(dialog);
}

let count = 0;
/** Fetch a fragment and show it. Resolves with the dialog, or null when the server does not answer as hoped. */
export async function fetchInto(url) {
  let answer;
  try { answer = await ask(url); } catch (dead) { toast(say('offline'), 'red'); return null; }
  if (answer.redirected && /\/login/.test(answer.url)) { location.reload(); return null; } // signed out meanwhile
  if (!answer.ok && answer.status !== 422) { toast(say(answer.status === 403 ? 'no_right' : 'failed'), 'red'); return null; }
  const dialog = el('dialog', { class: 'dialog', id: `fetched-${++count}` });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  fill(dialog, await answer.text());
  return dialog;
}

/** Ask yes or no in words; resolves true when the person agrees. */
export function confirm(title, text, agree, danger = false) {
  return new Promise(resolve => {
    const yes = el('button', { class: `btn ${danger ? 'danger' : 'primary'}`, type: 'button' }, agree);
    const dialog = el('dialog', { class: 'dialog narrow', 'aria-label': title },
      el('header', {}, el('span', { class: `tone ${danger ? 'red' : 'amber'}` }, icon('alert')), el('div', { class: 'grow' }, el('h1', {}, title), el('p', {}, text))),
      el('footer', {}, el('span', { class: 'grow' }), el('button', { class: 'btn', type: 'button', 'data-close': true }, say('cancel')), yes));
    let agreed = false;
    yes.addEventListener('click', () => { agreed = true; dialog.close(); });
    dialog.addEventListener('close', () => { dialog.remove(); resolve(agreed); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function start() {
  document.addEventListener('click', event => {
    const close = event.target.closest('[data-close]');
    if (close) { close.closest('dialog')?.close(); return; }
    // What cannot be taken back by the one it hits is asked about first; without scripts it is simply done.
    const sure = event.target.closest('[data-confirm]');
    if (sure) {
      event.preventDefault();
      const label = sure.textContent.trim();
      confirm(label, sure.dataset.confirm, label).then(yes => { if (yes) sure.form.requestSubmit ? sure.form.requestSubmit() : sure.form.submit(); });
      return;
    }
    const opener = event.target.closest('[data-open]');
    if (opener) {
      const dialog = document.getElementById(opener.dataset.open);
      if (dialog?.showModal) { event.preventDefault(); $$('details.drop[open]').forEach(drop => { drop.open = false; }); open(dialog); }
      return;
    }
    // A link that is a page without scripts is a dialog with them.
    const link = event.target.closest('[data-dialog]');
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      $$('details.drop[open]').forEach(drop => { drop.open = false; });
      fetchInto(link.dataset.dialog);
    }
  });
  // Enter in a one-line field of a dialog's form is its main button: the browser's own rule, nothing to add.
}
