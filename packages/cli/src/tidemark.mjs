#!/usr/bin/env node
// Sources run unbuilt: tsx reads the TypeScript of this program.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
