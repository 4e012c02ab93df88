import { describe, expect, it } from 'vitest';
import { clockTime, day, daysFrom, dayTime, rowTime, shortDay, size, span } from './dates';

const NB = '\u00a0';
const now = new Date(2026, 10, 24, 14, 22);
const at = (y: number, m: number, d: number, h = 9, min = 5) => new Date(y, m - 1, d, h, min);

describe('days', () => {
	it('says today, tomorrow, yesterday', () => {
		expect(dayTime(at(2026, 11, 24), now, 'ru')).toBe('сегодня, 09:05');
		expect(dayTime(at(2026, 11, 25, 12, 0), now, 'ru')).toBe('завтра, 12:00');
		expect(dayTime(at(2026, 11, 23, 23, 59), now, 'en')).toBe('yesterday, 23:59');
	});
	it('names the day, with the year when it is another', () => {
		expect(day(at(2026, 11, 21), now, 'ru')).toBe(`21${NB}ноября`);
		expect(day(at(2026, 5, 3), now, 'ru')).toBe(`3${NB}мая`);
		expect(day(at(2025, 3, 1), now, 'ru')).toBe(`1${NB}марта 2025`);
		expect(day(at(2026, 11, 23), now, 'en')).toBe(`Mon 23${NB}Nov`);
		expect(day(at(2025, 9, 7), now, 'en')).toBe(`7${NB}Sep 2025`);
	});
	it('is short in columns', () => {
		expect(shortDay(at(2026, 11, 12), now, 'ru')).toBe(`12${NB}ноя`);
		expect(shortDay(at(2026, 6, 2), now, 'ru')).toBe(`2${NB}июн`);
		expect(shortDay(at(2026, 9, 2), now, 'en')).toBe(`2${NB}Sep`);
		expect(shortDay(at(2024, 1, 9), now, 'en')).toBe('09.01.24');
		expect(rowTime(at(2026, 11, 24, 8, 0), now, 'ru')).toBe('08:00');
	});
	it('counts calendar days across the change of the clock', () => {
		expect(daysFrom(new Date(2026, 2, 30, 0, 30), new Date(2026, 2, 28, 23, 30))).toBe(2);
	});
	it('is always of 24 hours', () => {
		expect(clockTime(new Date(2026, 0, 1, 0, 7))).toBe('00:07');
	});
});

describe('span', () => {
	const min = 60_000;
	it('has two units at most', () => {
		expect(span(38 * min, 'ru')).toBe(`38${NB}мин`);
		expect(span(130 * min, 'ru')).toBe(`2${NB}ч 10${NB}мин`);
		expect(span(130 * min, 'en')).toBe(`2${NB}h 10${NB}m`);
		expect(span((2 * 1440 + 240) * min, 'en')).toBe(`2${NB}d 4${NB}h`);
		expect(span(1440 * min, 'ru')).toBe(`1${NB}д`);
		expect(span(5000, 'en')).toBe(`1${NB}m`);
	});
});

describe('size', () => {
	it('is written as the language does', () => {
		expect(size(61_400_000, 'ru')).toBe(`58,6${NB}МБ`);
		expect(size(4100, 'en')).toBe(`4${NB}KB`);
		expect(size(12, 'en')).toBe(`12${NB}B`);
	});
});
