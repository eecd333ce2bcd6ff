/** `/openapi.json`: the API described by its own schemas. */

import { describeApi } from '../openapi.js';
import type { Route } from '../route.js';
import { defineRoute } from '../route.js';

/** @param routes asked for when the document is, as this route stands in the table that it describes */
export const openapi = (routes: () => readonly Route[]) =>
  defineRoute({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    role: 'viewer',
    contentType: 'application/json',
    run: ({ basePath }) => Response.json(describeApi(routes(), basePath || '/')),
  });
