// Facts as one reads them. Pure: the language is a parameter.
import { formatNumber, type Language } from '../../shared/i18n/format';
import { day } from '../../shared/i18n/dates';

/** "1500.00 RUB" as 1 500 ₽, "2026-11-22" as 22 ноября; what is neither stays as it is. */
export function factValue(kind: string, value: string, lang: Language, now: Date): string {
	if (kind === 'amount') {
		const m = /^(-?\d+(?:\.\d+)?)(?: ([A-Z]{3}))?$/.exec(value);
		if (!m) return value;
		const n = Number(m[1]);
		if (!m[2]) return formatNumber(n, lang);
		return new Intl.NumberFormat(lang === 'ru' ? 'ru' : 'en-GB', { style: 'currency', currency: m[2], currencyDisplay: 'narrowSymbol', minimumFractionDigits: n % 1 ? 2 : 0 }).format(n);
	}
	if (kind === 'date') {
		const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
		return m ? day(new Date(Number(m[1]), Number(m[2]) - 1, Number(m[3])), now, lang) : value;
	}
	return value;
}

/** A language by its name in another, with its code when the browser knows none. */
export function languageName(code: string, lang: Language): string {
	try {
		return new Intl.DisplayNames([lang], { type: 'language', fallback: 'code' }).of(code) ?? code;
	} catch {
		return code;
	}
}
