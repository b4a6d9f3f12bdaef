import { repository } from './plugin.ts';

/** A file that users download, and its checksum. */
export interface Asset {
  name: string;
  sha256: string;
}

/** A Homebrew formula that installs the executables. Throws where an archive that it names is not among the assets. */
export function formula(version: string, assets: readonly Asset[]): string {
  const source = (platform: string) => {
    const name = `migrate-lint-${version}-${platform}.tar.gz`;
    const asset = assets.find((one) => one.name === name);
    if (!asset) throw new Error(`the formula needs ${name}`);
    return `      url "${repository}/releases/download/v${version}/${name}"\n      sha256 "${asset.sha256}"\n`;
  };
  const system = (os: string, name: string) => `  on_${name} do
    on_arm do
${source(`${os}-arm64`)}    end
    on_intel do
${source(`${os}-amd64`)}    end
  end
`;
  return `class MigrateLint < Formula
  desc "Finds Helm migration hooks that hang, fail or are skipped"
  homepage "${repository}"
  version "${version}"
  license "Apache-2.0"

${system('darwin', 'macos')}${system('linux', 'linux')}
  depends_on "helm"

  def install
    bin.install "migrate-lint"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/migrate-lint --version")
  end
end
`;
}
