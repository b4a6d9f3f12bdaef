import { describe, defineRule, list, map, type Path, type Resource } from '../src/rule.ts';

export const largeNumber = defineRule({
  id: 'large-number',
  title: 'A large number is printed as 5e+06',
  severity: 'warning',
  preset: 'recommended',
  why: `Helm reads the numbers of values.yaml as floats, and a template prints floats from a million on with an exponent:
    \`5000000\` becomes \`5e+06\`, \`10485760\` becomes \`1.048576e+07\`. In a field of a number the API server reads
    that correctly. An environment variable, an argument and the data of a ConfigMap are text: a shell answers "bad
    number", and most programs stop or use another number. Some accept it, such as Prometheus.`,
  fix: 'Print the number with `int64`: `{{ .Values.batchRows | int64 | quote }}`. Or write it as text in values.yaml: `"5000000"`.',
  off: 'When the program that gets the text reads numbers with an exponent.',
  see: [
    'https://github.com/helm/helm/issues/1707',
    'https://github.com/helm/helm/issues/12195',
    'https://github.com/redpanda-data/helm-charts/issues/799',
  ],
  *check({ release, sources }) {
    // Who writes `5e+06` means it.
    const isWritten = (text: string) => sources.some((source) => source.text.includes(text));
    const texts = [
      ...release.workloads.flatMap((workload) =>
        workload.pod.containers.flatMap(({ path, name }) =>
          inContainer(workload.resource, path).map((one) => ({
            ...one,
            resource: workload.resource,
            where: `container ${name} of ${describe(workload)}`,
          })),
        ),
      ),
      ...release.resources
        .filter(({ kind }) => kind === 'ConfigMap')
        .flatMap((resource) => inData(resource).map((one) => ({ ...one, resource, where: describe(resource) }))),
    ];
    for (const { path, number, what, resource, where } of texts) {
      if (isWritten(number)) continue;
      yield {
        at: resource.place(...path),
        message: `${what} of ${where} is ${number}, as templates print the number ${Number(number)}: a program that does not accept an exponent fails, or gets another number`,
        resource,
        help: 'Print the number with `int64`: `{{ … | int64 | quote }}`.',
      };
    }
  },
});

/** A text that is a large number, and where it is. */
interface Text {
  path: Path;
  number: string;
  what: string;
}

/** As Go prints a float with `%v`: one digit before the point, two or more in the exponent. */
const float = String.raw`-?\d(?:\.\d+)?e\+\d\d`;
const alone = new RegExp(`^(${float})$`);
const inArgument = new RegExp(`^(?:-{1,2}[\\w.-]{1,99}=)?(${float})$`);

function inContainer(resource: Resource, path: Path): Text[] {
  const container = map(resource.get(...path));
  const env = list(container['env']).flatMap((item, index) => {
    const { name, value } = map(item);
    const number = found(alone, value);
    return number ? [{ path: [...path, 'env', index, 'value'], number, what: `Variable ${String(name)}` }] : [];
  });
  const words = (['command', 'args'] as const).flatMap((key) =>
    list(container[key]).flatMap((word, index) => {
      const number = found(inArgument, word);
      const before = typeof word === 'string' && word.includes('=') ? word : list(container[key])[index - 1];
      const option = typeof before === 'string' ? /^-{1,2}[\w.-]{1,99}/.exec(before)?.[0] : undefined;
      return number ? [{ path: [...path, key, index], number, what: option ? `Option ${option}` : 'An argument' }] : [];
    }),
  );
  return [...env, ...words];
}

function inData(resource: Resource): Text[] {
  return Object.entries(map(resource.get('data'))).flatMap(([key, value]) => {
    const number = found(alone, value);
    return number ? [{ path: ['data', key], number, what: `Key ${key}` }] : [];
  });
}

function found(pattern: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' ? pattern.exec(value)?.[1] : undefined;
}
