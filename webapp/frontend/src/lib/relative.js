const STEPS = [
  ['minute', 60],
  ['hour', 3600],
  ['day', 86400],
];

/** "2 小时前", "in 3 days"; null beyond thirty days, where a date says more. */
export function relativeTime(then, now, lang) {
  const seconds = (then - now) / 1000;
  const distance = Math.abs(seconds);
  if (!Number.isFinite(distance) || distance > 30 * 86400) return null;
  if (distance < 45) return lang.startsWith('zh') ? '刚刚' : 'just now';
  const [unit, size] = STEPS.findLast(([, size]) => distance >= size * 0.95) ?? STEPS[0];
  const count = Math.round(seconds / size) || Math.sign(seconds);
  return new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(count, unit);
}
