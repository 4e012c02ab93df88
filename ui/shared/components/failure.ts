// What went wrong, in words: the server's sentence, or ours when there was no answer.
import { ApiError } from '../api';
import { span, t } from '../i18n/index.svelte';

export function failureText(e: unknown): string {
	if (e instanceof ApiError) {
		if (e.offline) return t('error.offline');
		if (e.status === 429 && e.retryAfter) return t('error.throttled', { span: span(e.retryAfter * 1000) });
		if (e.message) return e.message;
		return t('error.unknown', { code: e.code });
	}
	return t('error.unknown', { code: String(e instanceof Error ? e.name : e) });
}
