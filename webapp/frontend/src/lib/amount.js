// Money as whole cents in BigInt: a sum the applicant sees must be the sum the server computes, to the cent.

const FULL_WIDTH = /[０-９．－]/g;
const AMOUNT = /^(-?)(\d+)(?:\.(\d*))?$|^(-?)\.(\d+)$/;

/** The cents of what was typed; 0n for nothing; null for what is no amount (or has a part of a cent). */
export function parseCents(text) {
  const plain = String(text ?? '')
    .replace(FULL_WIDTH, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(/[,，\s]/g, '');
  if (plain === '') return 0n;
  const match = AMOUNT.exec(plain);
  if (!match) return null;
  const sign = match[1] || match[4] || '';
  const fraction = (match[3] ?? match[5] ?? '').replace(/0+$/, '');
  if (fraction.length > 2) return null;
  const cents = BigInt(match[2] ?? '0') * 100n + BigInt(fraction.padEnd(2, '0'));
  return sign === '-' ? -cents : cents;
}

/** 123450n as "1,234.50". */
export function formatCents(cents) {
  const sign = cents < 0n ? '-' : '';
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}${whole}.${digits.slice(-2)}`;
}

/** The sum as text; a dash while one of the texts is no amount, since a partial sum would mislead. */
export function sumAmounts(texts) {
  let total = 0n;
  for (const text of texts) {
    const cents = parseCents(text);
    if (cents === null) return '—';
    total += cents;
  }
  return formatCents(total);
}
