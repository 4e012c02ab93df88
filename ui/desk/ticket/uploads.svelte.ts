// Files on their way to be attached.
import { api } from '../../shared/api';
import type { Upload } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';

export interface Going {
	key: number;
	name: string;
	size: number;
	state: 'going' | 'done' | 'failed';
	why: string;
	upload: Upload | null;
}

let next = 1;

/** What a letter can show inside its text. */
export const isPicture = (type: string): boolean => /^image\/(png|jpeg|gif|webp)$/.test(type);

export class Uploads {
	items: Going[] = $state([]);
	constructor(private readonly changed: () => void) {}

	get done(): Upload[] {
		return this.items.flatMap((x) => (x.upload ? [$state.snapshot(x.upload)] : []));
	}
	/** Gives the names that they have here: one name stands for one file. */
	add(files: Iterable<File>): string[] {
		const names: string[] = [];
		for (const file of files) {
			const key = next++;
			// A pasted picture has no name of its own worth keeping.
			const name = this.free(file.name || `image.${file.type.split('/')[1] ?? 'png'}`);
			names.push(name);
			this.items.push({ key, name, size: file.size, state: 'going', why: '', upload: null });
			void this.send(key, file, name);
		}
		return names;
	}
	private free(name: string): string {
		const dot = name.lastIndexOf('.');
		const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
		let out = name;
		for (let n = 2; this.items.some((x) => x.name === out); n++) out = `${stem}-${n}${end}`;
		return out;
	}
	private async send(key: number, file: File, name: string): Promise<void> {
		try {
			const upload = await api.upload_create({ query: { name, ...(file.type ? { type: file.type } : {}) }, body: file });
			const x = this.items.find((i) => i.key === key);
			if (!x) {
				void api.upload_delete({ id: upload.id }).catch(() => {});
				return;
			}
			x.upload = upload;
			x.state = 'done';
		} catch (e) {
			const x = this.items.find((i) => i.key === key);
			if (x) {
				x.state = 'failed';
				x.why = failureText(e);
			}
		}
		this.changed();
	}
	remove(key: number): void {
		const x = this.items.find((i) => i.key === key);
		if (x?.upload) void api.upload_delete({ id: x.upload.id }).catch(() => {});
		this.items = this.items.filter((i) => i.key !== key);
		this.changed();
	}
	clear(): void {
		this.items = [];
	}
	restore(list: Upload[]): void {
		this.items = list.map((u) => ({ key: next++, name: u.name, size: u.size, state: 'done', why: '', upload: u }));
	}
}
