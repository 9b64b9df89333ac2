import { digitalocean } from "./digitalocean/provider.js";
import { exoscale } from "./exoscale/provider.js";
import { vultr } from "./vultr/provider.js";
/** Every cloud by the name that `--provider` takes. */
export const providers = new Map([exoscale, digitalocean, vultr].map((module) => [module.name, module]));
