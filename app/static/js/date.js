// Dates are written 2026-11-03 everywhere, whatever the browser's language. Typing is quick: 11-3, 1103, 3, 今天, +7;
// Alt+↓ or the button opens a calendar (from the bottom on a phone), whose keys are the arrows, PageUp/Down, ↵, Esc.
import { $, $$, el, icon, put, say } from './dom.js';
import { onKey } from './keys.js';

const iso = (year, month, day) => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
const real = (year, month, day) => {
  const made = new Date(Date.UTC(year, month - 1, day));
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day && year > 1900 ? iso(year, month, day) : null;
};
const plus = (day, days) => { const made = new Date(Date.parse(day) + days * 864e5); return made.toISOString().slice(0, 10); };
const local = () => { const now = new Date(); return iso(now.getFullYear(), now.getMonth() + 1, now.getDate()); };
export const today = () => /^\d{4}-\d{2}-\d{2}/.exec(document.body.dataset.today || '')?.[0] || local();

/** What was typed as an ISO date, '' for nothing, null when it is no date. */
export function readDate(text) {
  const typed = text.trim(), now = today();
  if (!typed) return '';
  if (/^(今天|t|today)$/i.test(typed)) return now;
  if (/^(明天|昨天)$/.test(typed)) return plus(now, typed === '明天' ? 1 : -1);
  if (/^[+-]\d{1,3}$/.test(typed)) return plus(now, Number(typed));
  const [year, month] = now.split('-').map(Number);
  let parts = /^(\d{4})\D(\d{1,2})\D(\d{1,2})日?$/.exec(typed) || /^(\d{4})(\d{2})(\d{2})$/.exec(typed);
  if (parts) return real(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  parts = /^(\d{1,2})\D(\d{1,2})日?$/.exec(typed) || /^(\d{2})(\d{2})$/.exec(typed);
  if (parts) return real(year, Number(parts[1]), Number(parts[2]));
  return /^\d{1,2}$/.test(typed) ? real(year, month, Number(typed)) : null;
}

export function enhance(field) {
  const whole = field.dataset.date !== 'month';
  const check = () => {
    const read = whole ? readDate(field.value) : field.value.trim();
    const month = whole || !read ? null : /^(\d{4})\D?(\d{1,2})$/.exec(read);
    const value = whole ? read : !read ? '' : month && real(Number(month[1]), Number(month[2]), 1)?.slice(0, 7) || null;
    const wrong = value === null ? say(whole ? 'not_date' : 'not_month') : '';
    field.setCustomValidity(wrong);
    if (wrong) { field.setAttribute('aria-invalid', 'true'); field.dataset.mine = '1'; field.title = wrong; return; }
    if (field.dataset.mine) { field.removeAttribute('aria-invalid'); delete field.dataset.mine; field.title = ''; }
    if (value !== field.value) { field.value = value; field.dispatchEvent(new Event('input', { bubbles: true })); }
  };
  field.addEventListener('change', check);
  if (!whole) return;
  const button = $('[data-calendar]', field.parentNode);
  const show = () => { if (!field.readOnly) calendar(field); };
  button?.addEventListener('click', show);
  onKey(field, event => { if (event.altKey && event.key === 'ArrowDown') { event.preventDefault(); event.stopPropagation(); show(); } });
}

/** The calendar of one field. Only one is open. */
function calendar(field) {
  $('#calendar')?.remove();
  const chosen = readDate(field.value) || '', now = today();
  let at = chosen || now;
  const title = el('b', { class: 'grow', 'aria-live': 'polite' }), body = el('tbody');
  const turn = (name, label, months) => {
    const button = el('button', { class: 'btn quiet icon small', type: 'button', 'aria-label': label }, icon(name));
    button.addEventListener('click', () => move(months));
    return button;
  };
  const quick = el('button', { class: 'btn small', type: 'button' }, say('today'));
  const pop = el('section', { class: 'pop calpop', id: 'calendar', role: 'dialog', 'aria-label': field.getAttribute('aria-label') || say('choose_date') },
    el('header', {}, turn('left', say('month_before'), -1), title, turn('right', say('month_after'), 1)),
    el('div', { class: 'body' }, el('table', { class: 'cal' }, el('thead', {}, el('tr', {}, ...say('weekdays').split(' ').map(day => el('th', { scope: 'col' }, day)))), body)),
    el('footer', {}, quick));

  const away = event => { if (!pop.contains(event.target)) close(false); };
  const close = back => { document.removeEventListener('mousedown', away, true); pop.remove(); if (back) field.focus(); };
  const take = day => { put(field, day); close(true); };
  const move = months => {
    const [year, month, day] = at.split('-').map(Number), first = new Date(Date.UTC(year, month - 1 + months, 1));
    const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
    at = iso(first.getUTCFullYear(), first.getUTCMonth() + 1, Math.min(day, last));
    draw();
  };
  const draw = () => {
    const [year, month] = at.split('-').map(Number), start = plus(iso(year, month, 1), -((new Date(iso(year, month, 1)).getUTCDay() + 6) % 7));
    title.textContent = at.slice(0, 7);
    body.replaceChildren(...[0, 1, 2, 3, 4, 5].map(week => el('tr', {}, ...[0, 1, 2, 3, 4, 5, 6].map(weekday => {
      const day = plus(start, week * 7 + weekday);
      const button = el('button', { type: 'button', tabindex: day === at ? '0' : '-1', 'aria-label': day, class: day.slice(0, 7) === at.slice(0, 7) ? null : 'out',
        'aria-current': day === now ? 'date' : null, 'aria-pressed': day === chosen ? 'true' : null }, String(Number(day.slice(8))));
      button.addEventListener('click', () => take(day));
      return el('td', {}, button);
    }))));
    $('[tabindex="0"]', body)?.focus();
  };
  quick.addEventListener('click', () => take(now));
  onKey(pop, event => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); close(true); }
    else if (event.key in steps && event.target.closest('.cal')) { event.preventDefault(); event.stopPropagation(); at = plus(at, steps[event.key]); draw(); }
    else if (/^Page(Up|Down)$/.test(event.key)) { event.preventDefault(); move(event.key === 'PageUp' ? -1 : 1); }
    else if (event.key === 'Tab') {
      const stops = $$('button:not([tabindex="-1"])', pop), here = stops.indexOf(document.activeElement);
      event.preventDefault();
      stops[(here + (event.shiftKey ? stops.length - 1 : 1)) % stops.length].focus();
    }
  });
  (field.closest('dialog, main') || document.body).append(pop);
  if (!matchMedia('(max-width: 720px)').matches) {
    const spot = field.getBoundingClientRect();
    pop.style.position = 'fixed';
    pop.style.left = Math.max(8, Math.min(spot.left, innerWidth - 276)) + 'px';
    if (innerHeight - spot.bottom > 330) { pop.style.top = spot.bottom + 4 + 'px'; } else { pop.style.top = 'auto'; pop.style.bottom = innerHeight - spot.top + 4 + 'px'; }
  }
  document.addEventListener('mousedown', away, true);
  draw();
}
