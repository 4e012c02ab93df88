// Built-in roles have a name in each language; others are called what they are called.
import { t } from '../shared/i18n/index.svelte';

const builtin = ['admin', 'lead', 'agent', 'outsourced', 'observer'] as const;

export function roleName(name: string): string {
	const code = builtin.find((b) => b === name);
	return code ? t(`role.${code}`) : name;
}
