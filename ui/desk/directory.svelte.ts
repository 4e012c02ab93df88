// What the whole desk refers to by id: lines, colleagues, tags, fields, inboxes, categories. Read once,
// read again when the log says that something changed.
import { api } from '../shared/api';
import type { AccountRef, Category, CustomField, Inbox, Line, Tag } from '../shared/api_types';
import { connection } from '../shared/live/connection.svelte';
import { debounce } from '../shared/debounce';

class Directory {
	lines: Line[] = $state.raw([]);
	colleagues: AccountRef[] = $state.raw([]);
	tags: Tag[] = $state.raw([]);
	fields: CustomField[] = $state.raw([]);
	inboxes: Inbox[] = $state.raw([]);
	categories: Category[] = $state.raw([]);
	ready = $state(false);

	activeLines = $derived([...this.lines].filter((l) => l.active).sort((a, b) => a.position - b.position || a.id - b.id));

	async load(): Promise<void> {
		const [lines, colleagues, tags, fields, inboxes, categories] = await Promise.all([
			api.line_list(),
			api.colleague_list(),
			api.tag_list(),
			api.field_list(),
			api.inbox_list(),
			api.category_list(),
		]);
		this.lines = lines.items;
		this.colleagues = colleagues.items;
		this.tags = tags.items;
		this.fields = fields.items;
		this.inboxes = inboxes.items;
		this.categories = categories.items;
		this.ready = true;
	}

	line(id: number): Line | undefined {
		return this.lines.find((l) => l.id === id);
	}
	colleague(id: number): AccountRef | undefined {
		return this.colleagues.find((c) => c.id === id);
	}

	category(id: number): Category | undefined {
		return this.categories.find((c) => c.id === id);
	}

	start(): () => void {
		const again = debounce(() => void this.load().catch(() => {}), 1000);
		void this.load().catch(() => setTimeout(again, 5000));
		return connection.listen((events, reset) => {
			if (reset || events.some((e) => e.type === 'admin.changed' || e.type === 'account.changed')) again();
		});
	}
}

export const directory = new Directory();
