import { readYaml, YamlError } from '../../yaml/index.ts';
import type { LeftOut } from '../deployment.ts';
import { isMapping, textOf, type ResourceDocument } from '../document.ts';
import { LeftOutError } from '../left-out-error.ts';
import type { GitOpsRepository } from '../repository.ts';
import { ApplicationFields } from './fields.ts';
import { generated, generatorPath, merged } from './generators.ts';
import { filledIn, filledText, type Params, type TemplateStyle } from './template.ts';

/**
 * The Applications that an ApplicationSet makes: its template for each parameter set of its generators
 * (`applicationset/controllers/template`, `GenerateApplications`). A generator that cannot be read is left out; the
 * others are read.
 */
export function applicationsOf(
  document: ResourceDocument,
  repository: GitOpsRepository,
): { applications: ApplicationFields[]; leftOut: LeftOut[] } {
  const applications: ApplicationFields[] = [];
  const leftOut: LeftOut[] = [];
  const what = `ApplicationSet ${document.name || '(without a name)'}`;
  const generators = document.field('spec', 'generators');
  const template = document.field('spec', 'template');
  if (!Array.isArray(generators) || !isMapping(template)) {
    const missing = isMapping(template) ? 'generators' : 'template';
    return {
      applications,
      leftOut: [{ what, at: document.at('spec', missing), reason: `spec.${missing} is missing or of another type` }],
    };
  }
  const options = document.field('spec', 'goTemplateOptions');
  const style: TemplateStyle = {
    goTemplate: document.field('spec', 'goTemplate') === true,
    strict: Array.isArray(options) && options.includes('missingkey=error'),
  };
  generators.forEach((generator: unknown, index) => {
    const path = generatorPath(index);
    try {
      const made = generated(generator, { style, repository });
      const own = isMapping(made.template) ? merged(template, made.template) : template;
      for (const params of made.sets) {
        const value = filledIn(own, params, style);
        const patched = patchedBy(value, document.field('spec', 'templatePatch'), params, style);
        applications.push(new ApplicationFields(patched, document, ['spec', 'template']));
      }
    } catch (error) {
      if (!(error instanceof LeftOutError)) throw error;
      leftOut.push({ what, at: document.at(...path), reason: error.message });
    }
  });
  return { applications, leftOut };
}

/** `templatePatch`: a strategic merge patch, in which mappings are merged and all else is replaced. */
function patchedBy(value: unknown, patch: unknown, params: Params, style: TemplateStyle): unknown {
  const text = textOf(patch);
  if (text === undefined) return value;
  let read: unknown;
  try {
    read = readYaml(filledText(text, params, style)).value;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new LeftOutError(`its templatePatch is not YAML: ${error.message}`);
  }
  return isMapping(read) && isMapping(value) ? over(value, read) : value;
}

function over(under: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const out = { ...under };
  for (const [key, value] of Object.entries(patch)) {
    const before = out[key];
    if (value === null) delete out[key];
    else out[key] = isMapping(value) && isMapping(before) ? over(before, value) : value;
  }
  return out;
}
