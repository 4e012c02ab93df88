import type { Theme } from './api_types';

export function applyTheme(theme: Theme): void {
	if (theme === 'system') delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = theme;
	localStorage.setItem('otklik.theme', theme);
}

export function firstTheme(): Theme {
	const kept = localStorage.getItem('otklik.theme');
	return kept === 'light' || kept === 'dark' ? kept : 'system';
}
