// The language of the interface: the catalogue in use and t(). Components that call t()
// redraw when the language changes.
import type en from '../../../messages/ui.en.json';
import * as dates from './dates';
import { formatEntry, formatNumber, type Entry, type Language, type Params } from './format';
import { now } from '../now.svelte';

export type Key = keyof typeof en;

const load: Record<Language, () => Promise<{ default: Record<string, Entry> }>> = {
	en: () => import('../../../messages/ui.en.json') as Promise<{ default: Record<string, Entry> }>,
	ru: () => import('../../../messages/ui.ru.json') as Promise<{ default: Record<string, Entry> }>,
};

let catalogue: Record<string, Entry> = $state.raw({});
let current: Language = $state('en');

export async function setLanguage(lang: Language): Promise<void> {
	catalogue = (await load[lang]()).default;
	current = lang;
	document.documentElement.lang = lang;
	localStorage.setItem('otklik.language', lang);
}

/** What was chosen last on this machine, else what the browser asks for. */
export function firstLanguage(): Language {
	const kept = localStorage.getItem('otklik.language');
	if (kept === 'en' || kept === 'ru') return kept;
	return navigator.languages.some((l) => l.toLowerCase().startsWith('ru')) ? 'ru' : 'en';
}

/** Sentences of the language that is not in use, for what is found by its name in either. */
export async function otherLanguage(): Promise<(key: Key) => string> {
	const other = (await load[current === 'ru' ? 'en' : 'ru']()).default;
	return (key) => {
		const entry = other[key];
		return typeof entry === 'string' ? entry : '';
	};
}

export const language = (): Language => current;

export function t(key: Key, params: Params = {}): string {
	const entry = catalogue[key];
	return entry === undefined ? key : formatEntry(entry, params, current);
}

/** For keys made at run time (codes from the server); the code itself when unknown. */
export function tMaybe(key: string, otherwise: string, params: Params = {}): string {
	const entry = catalogue[key];
	return entry === undefined ? otherwise : formatEntry(entry, params, current);
}

/** Somebody's words as a quotation. */
export const quoted = (words: string) => (current === 'ru' ? `«${words}»` : `“${words}”`);
export const number = (n: number) => formatNumber(n, current);
/** Of a share: 0.93 is 93%. */
export const percent = (share: number) => new Intl.NumberFormat(current === 'ru' ? 'ru' : 'en-GB', { style: 'percent', maximumFractionDigits: 0 }).format(share);
/** Counts are exact to 999. */
export const count = (n: number) => (n > 999 ? '999+' : formatNumber(n, current));
export const dayTime = (iso: string) => dates.dayTime(new Date(iso), now.date, current);
export const dayOnly = (iso: string) => dates.dayWord(new Date(iso), now.date, current);
export const rowTime = (iso: string) => dates.rowTime(new Date(iso), now.date, current);
export const span = (ms: number) => dates.span(ms, current);
export const size = (bytes: number) => dates.size(bytes, current);
