// The sentences of the interface, from the same catalogue as the interface itself.
import { readFileSync } from 'node:fs';

const read = (lang) => JSON.parse(readFileSync(new URL(`../../../messages/ui.${lang}.json`, import.meta.url), 'utf8'));
const catalogues = { en: read('en'), ru: read('ru') };

/** The sentence of a key; plural forms by the parameter n. */
export function words(key, params = {}, lang = 'en') {
	let entry = catalogues[lang][key];
	if (entry === undefined) throw new Error(`no sentence ${key}`);
	if (typeof entry !== 'string') entry = entry[new Intl.PluralRules(lang).select(params.n)] ?? entry.other;
	return entry.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
}
