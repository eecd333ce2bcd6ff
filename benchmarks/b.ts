import { bundleSide } from './src/bundle-side.js';
console.log(await bundleSide('core'));
