// The tests run on both majors, installed under these names. What they use of them has one shape.
declare module 'express4' {
  export { default } from 'express';
}
declare module 'express5' {
  export { default } from 'express';
}
