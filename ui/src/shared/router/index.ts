export { router, Router, type Place, type View } from './router.svelte';
