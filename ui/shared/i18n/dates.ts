// Dates and spans as one says them. Pure: the present moment is a parameter; the zone is
// the browser's.
import type { Language } from './format';

const NB = '\u00a0';
const pad = (n: number) => String(n).padStart(2, '0');

const words = {
	en: { today: 'today', tomorrow: 'tomorrow', yesterday: 'yesterday' },
	ru: { today: 'сегодня', tomorrow: 'завтра', yesterday: 'вчера' },
} as const;
const locale = { en: 'en-GB', ru: 'ru-RU' } as const;

export function clockTime(d: Date): string {
	return `${pad(d.getHours())}:${pad(d.getMinutes())}`;
}

/** Calendar days from now: -1 yesterday, 0 today, 1 tomorrow. */
export function daysFrom(d: Date, now: Date): number {
	const a = Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
	const b = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
	return Math.round((a - b) / 86_400_000);
}

/** "21 ноября", "Mon 23 Nov"; with the year when it is not this one. */
export function day(d: Date, now: Date, lang: Language): string {
	const year = d.getFullYear() === now.getFullYear() ? '' : ` ${d.getFullYear()}`;
	const month = new Intl.DateTimeFormat(locale[lang], { day: 'numeric', month: lang === 'ru' ? 'long' : 'short' })
		.formatToParts(d)
		.find((p) => p.type === 'month')!.value;
	if (lang === 'ru') return `${d.getDate()}${NB}${month}${year}`;
	if (year) return `${d.getDate()}${NB}${month.slice(0, 3)}${year}`;
	const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short' }).format(d);
	return `${weekday} ${d.getDate()}${NB}${month.slice(0, 3)}`;
}

/** For narrow columns: "12 ноя", "12 Nov", "12.11.24" when it is another year. */
export function shortDay(d: Date, now: Date, lang: Language): string {
	if (d.getFullYear() !== now.getFullYear())
		return `${pad(d.getDate())}.${pad(d.getMonth() + 1)}.${pad(d.getFullYear() % 100)}`;
	const month = new Intl.DateTimeFormat(locale[lang], { day: 'numeric', month: 'long' })
		.formatToParts(d)
		.find((p) => p.type === 'month')!.value;
	return `${d.getDate()}${NB}${month.slice(0, 3)}`;
}

/** "today, 14:22", "вчера, 09:10", "21 ноября, 11:06". */
export function dayTime(d: Date, now: Date, lang: Language): string {
	const w = words[lang];
	const off = daysFrom(d, now);
	const what = off === 0 ? w.today : off === 1 ? w.tomorrow : off === -1 ? w.yesterday : day(d, now, lang);
	return `${what}, ${clockTime(d)}`;
}

/** "today", "вчера", "21 ноября". */
export function dayWord(d: Date, now: Date, lang: Language): string {
	const w = words[lang];
	const off = daysFrom(d, now);
	return off === 0 ? w.today : off === 1 ? w.tomorrow : off === -1 ? w.yesterday : day(d, now, lang);
}

/** For a row of a list: the hour today, else a short day. */
export function rowTime(d: Date, now: Date, lang: Language): string {
	return daysFrom(d, now) === 0 ? clockTime(d) : shortDay(d, now, lang);
}

/** "38 m", "2 ч 10 мин", "3 d 4 h": two units at most, never less than a minute. */
export function span(ms: number, lang: Language): string {
	const [D, H, M] = lang === 'ru' ? ['д', 'ч', 'мин'] : ['d', 'h', 'm'];
	const min = Math.max(1, Math.floor(ms / 60_000));
	const d = Math.floor(min / 1440);
	const h = Math.floor((min % 1440) / 60);
	const m = min % 60;
	const part = (n: number, unit: string) => `${n}${NB}${unit}`;
	if (d) return h ? `${part(d, D!)} ${part(h, H!)}` : part(d, D!);
	if (h) return m ? `${part(h, H!)} ${part(m, M!)}` : part(h, H!);
	return part(m, M!);
}

/** "61,4 МБ", "4 KB". */
export function size(bytes: number, lang: Language): string {
	const units = lang === 'ru' ? ['Б', 'КБ', 'МБ', 'ГБ'] : ['B', 'KB', 'MB', 'GB'];
	let n = bytes;
	let i = 0;
	while (n >= 1000 && i < 3) {
		n /= 1024;
		i++;
	}
	const digits = i < 2 || n >= 100 ? 0 : 1;
	return `${new Intl.NumberFormat(locale[lang], { maximumFractionDigits: digits }).format(n)}${NB}${units[i]}`;
}
