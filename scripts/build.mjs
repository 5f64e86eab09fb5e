import { prepare, runEntry } from './bootstrap/prepare.mjs';

// `npm run build`: builds the packages that changed.
await runEntry(() => prepare({ build: true }));
