#!/usr/bin/env node
import '../dist/src/cli/signal-guard.js';

import('../dist/src/cli/main.js').then(({ main }) => main());
