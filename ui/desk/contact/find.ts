import { api } from '../../shared/api';
import type { Contact } from '../../shared/api_types';

export async function findContacts(words: string, signal?: AbortSignal): Promise<Contact[]> {
	const r = await api.contact_list({ query: { q: words, limit: 20 }, ...(signal ? { signal } : {}) });
	return r.items;
}
