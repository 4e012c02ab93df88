// Sentences of the catalogue with their parameters filled in. Pure.
//
// An entry is a sentence, or one whole sentence for each plural form of the language
// (Intl.PluralRules, chosen by the parameter n). {name} stands for a parameter; numbers
// are written as the language writes them. An unknown parameter stays as it is, so that
// a mistake is seen and not swallowed.

export type Language = 'en' | 'ru';
export type Entry = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Params = Record<string, string | number>;

const rules: Record<Language, Intl.PluralRules> = {
	en: new Intl.PluralRules('en'),
	ru: new Intl.PluralRules('ru'),
};

export function formatNumber(n: number, lang: Language): string {
	return new Intl.NumberFormat(lang === 'ru' ? 'ru' : 'en-GB', { maximumFractionDigits: 2 }).format(n);
}

export function formatEntry(entry: Entry, params: Params, lang: Language): string {
	let text: string;
	if (typeof entry === 'string') {
		text = entry;
	} else {
		const n = Number(params.n ?? 0);
		text = entry[rules[lang].select(n)] ?? entry.other ?? '';
	}
	return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
		const v = params[name];
		if (v === undefined) return whole;
		return typeof v === 'number' ? formatNumber(v, lang) : v;
	});
}

/** The names in braces, for checking that both languages use the same. */
export function placeholders(entry: Entry): Set<string> {
	const texts = typeof entry === 'string' ? [entry] : Object.values(entry);
	return new Set(texts.flatMap((s) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!)));
}
