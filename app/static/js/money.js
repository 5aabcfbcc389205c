// Money as text, exactly. 12.8万 is 128,000.00 by moving the point in the string; no float ever touches an amount.
import { $, $$, say } from './dom.js';

const FEN_DIGITS = 13; // what a field takes at most (app/money.py), and far inside what a number holds exactly

/**
 * Read an amount by the rules of app/money.py: {fen} (an exact whole number), {empty: true} or {error: 'decimals' | 'not_money'}.
 * Takes 86000, 86,000.00, ￥86000, 8.6万, −3,050.
 */
export function readMoney(text) {
  const plain = String(text ?? '').replace(/[,，\s¥￥]/g, '').replace(/−/g, '-');
  if (!plain) return { empty: true };
  const parts = /^(-?)(\d*)(?:\.(\d*))?(万|w|W)?$/.exec(plain);
  if (!parts || !(parts[2] || parts[3])) return { error: 'not_money' };
  const [, sign, whole, broken = '', wan] = parts;
  const shift = wan ? 6 : 2; // two places make fen, four more make 万
  if (/[1-9]/.test(broken.slice(shift))) return { error: 'decimals' };
  const digits = (whole + broken.slice(0, shift).padEnd(shift, '0')).replace(/^0+(?=\d)/, '');
  if (digits.length > FEN_DIGITS) return { error: 'not_money' };
  const fen = Number(digits);
  return { fen: sign ? -fen || 0 : fen };
}

/** Write fen as people read it: 86,000.00, minus as −. */
export function writeMoney(fen) {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  return (fen < 0 ? '−' : '') + digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',') + '.' + digits.slice(-2);
}

export const fenOf = text => readMoney(text).fen || 0;

/** One field: says below what 8.6万 means while it is typed, and becomes 86,000.00 when it is left. */
export function enhance(field) {
  const form = field.form || document;
  const hint = () => (field.id ? $(`[data-means="${field.id}"]`, form) || $(`[data-means="${field.id}"]`) : null);
  const check = () => {
    const read = readMoney(field.value), means = hint();
    const wrong = read.error ? say(read.error) : '';
    field.setCustomValidity?.(wrong);
    if (wrong) { field.setAttribute('aria-invalid', 'true'); field.dataset.mine = '1'; }
    else if (field.dataset.mine) { field.removeAttribute('aria-invalid'); delete field.dataset.mine; }
    if (means) {
      const plain = 'fen' in read && field.value.replace(/,/g, '') !== writeMoney(read.fen).replace(/,/g, '');
      means.textContent = wrong || (plain ? say('means', { amount: writeMoney(read.fen) }) : '');
      means.classList.toggle('neg', !!wrong);
    } else field.title = wrong;
    return read;
  };
  field.addEventListener('input', check);
  field.addEventListener('change', () => {
    const read = check();
    if ('fen' in read) {
      const whole = field.dataset.money === '0', shown = writeMoney(read.fen);
      const next = whole ? shown.replace(/\.00$/, '') : shown;
      if (next !== field.value) { field.value = next; check(); field.dispatchEvent(new Event('input', { bubbles: true })); }
    }
  });
  if (field.value) check();
}

/** The sum of some fields or cells in fen. */
export const sumOf = elements => elements.reduce((sum, element) => sum + fenOf(element.value ?? element.textContent), 0);
export const moneyIn = root => $$('[data-money]', root);
