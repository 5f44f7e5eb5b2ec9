import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { watchEvents } from './api/live.ts';
import { isPassing } from './api/problems.ts';
import { Pages } from './routes.tsx';
import './styles.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What changes is told by the stream of events; asking again by the clock would show nothing newer.
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
      retry: (failures, error) => failures < 2 && isPassing(error),
    },
  },
});

watchEvents(client);

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no #root');

createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Pages />
    </QueryClientProvider>
  </StrictMode>,
);
