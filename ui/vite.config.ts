import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// One program, hashed assets, nothing inline: the page is served under a policy
// that allows only its own files.
const first = /node_modules\/(svelte|esm-env|clsx|@tanstack)\/|\/ui\/shared\/|\/ui\/desk\/(inbox|ticket|shell|login|understand\/(Why|Facts|Suggest|understanding|tree|facts)|[a-z.]+\.ts|App)/;
const later = /api_rights|Keys\.svelte|NotFound\.svelte|NewConversation|conversation\.svelte|Viewer|\.css$/;

export default defineConfig({
	plugins: [svelte()],
	build: {
		outDir: 'dist',
		target: 'es2023',
		cssTarget: 'chrome125', // keeps light-dark() as it is written
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
		rolldownOptions: {
			checks: { pluginTimings: false },
			// What the first page needs comes in one piece, not in thirty.
			output: {
				codeSplitting: {
					groups: [
						{
							name: 'desk',
							test: (id) => first.test(id) && !later.test(id),
						},
					],
				},
			},
		},
		chunkSizeWarningLimit: 400,
	},
	server: {
		fs: { allow: ['..'] },
		proxy: { '/api': { target: process.env.OTKLIK_URL ?? 'http://127.0.0.1:8080', ws: true } },
	},
	test: { include: ['**/*.test.ts'], exclude: ['node_modules/**', 'dist/**'] },
});
