import { clouds } from '../../providers/index.ts';
import { optionsFor } from '../config/options.ts';

/** The options of ha-ip with all of its clouds. */
export const OPTIONS = optionsFor(clouds);
