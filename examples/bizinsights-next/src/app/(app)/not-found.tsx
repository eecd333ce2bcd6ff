export { NoSuchPage as default } from '@/components/no-such-page';
