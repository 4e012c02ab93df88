// Numbers of the rail.
import { api } from '../../shared/api';
import type { Counts } from '../../shared/api_types';
import { debounce } from '../../shared/debounce';
import { connection } from '../../shared/live/connection.svelte';

class CountsState {
	now: Counts | null = $state.raw(null);

	line(id: number): { open: number; waiting: number } {
		return this.now?.lines.find((l) => l.line_id === id) ?? { open: 0, waiting: 0 };
	}
	async load(): Promise<void> {
		this.now = await api.counts();
	}
	start(): () => void {
		const again = debounce(() => void this.load().catch(() => {}), 400);
		void this.load().catch(() => {});
		return connection.listen((events, reset) => {
			if (reset || events.some((e) => e.ticket_id !== null || e.type.startsWith('intake.') || e.type.startsWith('merge'))) again();
		});
	}
}

export const counts = new CountsState();
