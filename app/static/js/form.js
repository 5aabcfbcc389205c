// A form of the office: knows what is unsaved, asks before it is lost, keeps a draft in the browser, shows the server's totals.
//
//   <form data-form data-totals-url="/purchase/12/totals" data-draft="purchase/12/4">
//
// The server decides every figure: the whole form is posted to data-totals-url, which answers
// {"totals": {"cost": "86,840.50"}, "notes"?: …}; every [data-total="cost"] on the page then shows that text.
import { $, $$, ask, debounce, say, seen } from './dom.js';
import { onKey } from './keys.js';
import { toast } from './toast.js';
import * as drafts from './draft.js';

const shot = form => new URLSearchParams(Array.from(new FormData(form)).filter(([name]) => name !== 'csrf_token')).toString();

export function enhance(form) {
  const hold = () => { drafts.hold(form); drafts.sent(form); };
  const marks = $$('.dirty'), primary = $('[data-when-dirty]', form.closest('body'));
  let clean = null, leaving = false, dirty = form.hasAttribute('data-dirty');
  // Pickers and grids settle first; only then is the form in the state the server sent.
  setTimeout(() => { clean = shot(form); drafts.offer(form); }, 150);

  const look = () => {
    if (clean === null) return;
    dirty = form.hasAttribute('data-dirty') || shot(form) !== clean;
    marks.forEach(mark => { mark.hidden = !dirty; });
    // On a changed form 审核 reads 保存并审核.
    if (primary) { const word = $('[data-word]', primary); if (word) word.textContent = dirty ? primary.dataset.whenDirty : primary.dataset.whenClean; }
    if (dirty) drafts.hold(form); else drafts.drop(form);
  };
  const soon = debounce(look, 200);
  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
  form.addEventListener('change', event => mended(event.target));
  asked(form);
  startWriting(form);
  marks.forEach(mark => { mark.hidden = !dirty; });

  addEventListener('beforeunload', event => {
    if (leaving || !dirty) return;
    event.preventDefault();
    event.returnValue = '';
  });

  form.addEventListener('submit', event => {
    if (event.defaultPrevented) return;
    // What is typed in a picker but not chosen would be lost on the way: stop and show it.
    const stuck = $$('[data-picker] input[aria-invalid="true"], [data-mine]', form).find(field => field.validationMessage && seen(field));
    if (stuck) {
      event.preventDefault();
      stuck.focus();
      toast(stuck.validationMessage, 'amber');
      return;
    }
    if (leaving) { event.preventDefault(); return; } // a second click
    leaving = true;
    hold();
    $$('button[type="submit"]').forEach(button => button.classList.add('busy'));
    setTimeout(() => { leaving = false; $$('.busy').forEach(button => button.classList.remove('busy')); }, 8000);
  });
  // Moves (审核, 作废 …) have forms of their own; unsaved changes are asked about before they are left behind.
  document.addEventListener('submit', event => {
    if (event.target === form || event.defaultPrevented || event.target.method === 'dialog') return;
    if (event.target.closest('dialog') && event.target.method !== 'post') return;
    if (!dirty) leaving = true;
  });

  // Enter goes on to the next field instead of sending half a paper; Ctrl+Enter and Ctrl+S send it.
  if (form.hasAttribute('data-document')) onKey(form, event => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!event.target.matches('input:not([type="submit"]):not([type="button"]), select') || event.target.closest('.linegrid, .pop')) return;
    event.preventDefault();
    const all = $$('input:not([type="hidden"]), select, textarea, .chosen button', form).filter(field => seen(field) && !field.disabled && !field.readOnly);
    all[all.indexOf(event.target) + 1]?.focus();
  });

  form.addEventListener('click', toField);
  totals(form);
  counters(form);
}

function totals(form) {
  const url = form.dataset.totalsUrl;
  if (!url) return;
  let running = null, last = null;
  const refresh = debounce(async () => {
    const body = new URLSearchParams(new FormData(form));
    if (body.toString() === last) return;
    running?.abort();
    const mine = running = new AbortController();
    try {
      const answer = await ask(url, { method: 'POST', body, signal: mine.signal, headers: { Accept: 'application/json' } });
      if (!answer.ok) return; // half typed: the figures stay as they were
      const { totals: figures = {} } = await answer.json();
      last = body.toString();
      for (const [key, text] of Object.entries(figures)) {
        $$(`[data-total="${key}"]`).forEach(place => {
          place.textContent = text ?? '—';
          place.classList.toggle('neg', /^[−-]/.test(text || ''));
        });
      }
      asked(form);
    } catch (gone) { /* aborted by a newer one, or offline: the server computes again on saving */ }
  }, 350);
  form.addEventListener('input', refresh);
  form.addEventListener('change', refresh);
}

/** A field that was changed is no longer marked as wrong, and F8 passes it by: whether it is right now, the server says. */
function mended(field) {
  const box = field.closest?.('.field, td.cell');
  if (!box || !$('.err', box) || $('[data-mine]', box)) return;
  $$('.err', box).forEach(text => text.remove());
  $$('[aria-invalid="true"], .bad', box).forEach(one => { one.removeAttribute('aria-invalid'); one.classList.remove('bad'); });
}

/** A field asked for only when something is amiss (why a VIN with a wrong check digit is right all the same). */
function asked(form) {
  $$('[data-only-with]', form).forEach(box => {
    const told = $(`[data-total="${box.dataset.onlyWith}"]`, form)?.textContent.trim();
    box.hidden = !told && !$('input, select, textarea', box).value && !$('.err', box);
  });
}

/** A new paper starts with the cursor in its first empty field; a phone would cover the page with its keyboard. */
function startWriting(form) {
  if (!/\/new$/.test(location.pathname) || !matchMedia('(min-width: 721px)').matches || document.activeElement !== document.body) return;
  const first = $$('.field input:not([type="hidden"]):not([type="radio"]):not([type="checkbox"])', form)
    .find(field => seen(field) && !field.disabled && !field.readOnly && !field.value);
  first?.focus({ preventScroll: true });
}

/** The links of the errors on top: into the field, also where a picker shows what is chosen in its place. */
export function toField(event) {
  const link = event.target.closest('.note a[href^="#"]'), field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  const place = seen(field) ? field : $('.chosen button', field.closest('[data-picker]') || field) || field;
  place.focus();
  place.scrollIntoView({ block: 'center' });
}

/** "17 / 17 位" under fields with a fixed length (a VIN). */
function counters(form) {
  $$('[data-count]', form).forEach(place => {
    const field = document.getElementById(place.dataset.count);
    const show = () => { place.textContent = say('count_of', { count: [...field.value.trim()].length, of: field.maxLength }); };
    field.addEventListener('input', show);
    show();
  });
}
