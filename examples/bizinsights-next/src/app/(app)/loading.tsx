import { Loading } from '@/components/loading';

export default function PageLoading() {
  return <Loading />;
}
