import { inbox } from './inbox.svelte';
import { listPath as of } from './where.svelte';

/** The list the person was last in. */
export const listPath = (): string => of(inbox.where);
