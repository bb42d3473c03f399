export { text, language, type Key, type Values } from './i18n.svelte';
