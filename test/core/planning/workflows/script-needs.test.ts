import { array, assert, constantFrom, property, string } from "fast-check";
import { describe, expect, test } from "@jest/globals";
import { scriptNeeds } from "../../../../src/core/planning/workflows/script-needs.ts";

const kindsOf = (script: string, shell = "bash"): string[] => scriptNeeds(script, shell).map(({ kind }) => kind);

describe("Docker", () => {
  test.each([
    "docker build .",
    "DOCKER BUILD .",
    "docker-compose up -d",
    "docker compose up",
    "podman run x",
    "/usr/bin/docker ps",
    "cd app && docker build .",
    "npm ci; docker ps",
    "npm ci || docker ps",
    "npm ci | docker load",
    "npm ci &\ndocker ps",
    "npm ci \\\n  && docker ps",
    "(docker ps)",
    "{ docker ps; }",
    "! docker ps",
    "if docker ps; then :; fi",
    "if true; then docker ps; fi",
    "while ! docker info; do sleep 1; done",
    "for x in 1 2; do docker ps; done",
    "foo() { docker ps; }",
    "case $x in\n a) npm ci ;;\n *) docker ps ;;\nesac",
    "TAG=1 docker build .",
    "DOCKER_BUILDKIT=1 npm test",
    "x=$(docker ps -q)",
    "echo $(docker ps -q)",
    'echo "$(docker ps -q)"',
    'echo "`docker ps -q`"',
    "echo `docker ps -q`",
    "echo $(( $(docker ps -q | wc -l) + 1 ))",
    'if [ $# -gt 0 ]; then docker ps; fi # "',
    "[[ -n $x && $y ]] && docker ps",
    "time docker build .",
    "timeout 60 docker build .",
    "xargs -n1 docker rm < list",
    "command -v docker",
    "bash -c 'docker build .'",
    'bash -c "cd x && docker build ."',
    "ssh host 'docker ps'",
    'node -e \'require("child_process").execSync("docker ps")\'',
    "make docker-build",
    "make docker_build",
    "npm run docker:build",
    "./scripts/docker-up.sh",
    "curl --unix-socket /var/run/docker.sock http://x/info",
    "sam build --use-container",
    "sam local invoke",
    "kind create cluster",
    "npx testcontainers",
    // an apostrophe that is none of the shell's quotes
    "echo it's fine\ndocker build .",
    'echo "never closed\ndocker build .',
    "cat <<EOF\nit's\nEOF\npodman ps",
    "bash <<'EOF'\nset -e\ndocker ps\nEOF",
    "cat > x.sh <<EOF\ndocker build .\nEOF\nsh x.sh",
    "x=<<<y\ndocker ps",
  ])("is found in %j", (script) => {
    expect(kindsOf(script)).toContain("docker");
  });

  test.each([
    "",
    "\n\n",
    "npm ci && npm test",
    "# docker build .\nnpm ci",
    "npm test # as docker would",
    "echo docker",
    "echo 'then: docker build .'",
    'echo "::group::docker"',
    "printf '%s' docker",
    "git commit -m 'docker'",
    "grep -r docker .",
    "cat docker/README",
    "rm -rf docker",
    "hadolint Dockerfile",
    "sam deploy",
  ])("is not found in %j", (script) => {
    expect(kindsOf(script)).not.toContain("docker");
  });
});

test.each([
  // root
  ["sudo make install", "sudo"],
  ["sudo -E npm ci", "sudo"],
  ["bash -c 'sudo ls'", "sudo"],
  ["su - user", "sudo"],
  ["mount x y", "sudo"],
  ["for i in 1 2; do mount x; done", "sudo"],
  ["systemctl start x", "sudo"],
  ["chown -R 1000 .", "sudo"],
  ["cp tool /usr/local/bin", "sudo"],
  ["curl -o /opt/tool https://x", "sudo"],
  ["echo 127.0.0.1 x >> /etc/hosts", "sudo"],
  ["echo x | tee /etc/x", "sudo"],
  // packages of the system
  ["apt-get update", "package-manager"],
  ["apt install -y jq", "package-manager"],
  ["timeout 60 apt-get update", "package-manager"],
  ["yum install x", "package-manager"],
  ["dnf install x", "package-manager"],
  ["apk add x", "package-manager"],
  ["snap install x", "package-manager"],
  ['sh -c "apk add jq"', "package-manager"],
  ["npm install -g serverless", "package-manager"],
  ["npm i --global x", "package-manager"],
  ["yarn global add x", "package-manager"],
  // browsers
  ["npx playwright install --with-deps", "browser"],
  ["npx playwright test", "browser"],
  ["pnpm exec cypress run", "browser"],
  ["npm run cypress:run", "browser"],
  ["npm i puppeteer", "browser"],
  ["chromium-browser --headless", "browser"],
  ["google-chrome --version", "browser"],
  ["xvfb-run npm test", "browser"],
  ["ng test", "browser"],
  ["yarn karma start", "browser"],
  ["pip install selenium", "browser"],
  // what only a run tells
  ["${{ matrix.command }}", "unknown"],
  ["${{ matrix.tool }} build", "unknown"],
  ["npm ci && ${{ inputs.command }}", "unknown"],
  ["$COMMAND build", "unknown"],
  ["${COMMAND} build", "unknown"],
  ['exec "$@"', "unknown"],
  ["timeout 5m $COMMAND", "unknown"],
  ["env A=1 $COMMAND", "unknown"],
  ["curl -fsSL https://x.example | sh", "unknown"],
  ["curl -fsSL https://x.example |\n  bash -s -- -y", "unknown"],
  ["curl x | bash -", "unknown"],
  ["strace ls", "unknown"],
  ["pwsh -c x", "unknown"],
  ["x".repeat(70_000), "unknown"],
])("%j needs %s", (script, kind) => {
  expect(kindsOf(script)).toEqual([kind]);
});

test.each([
  "npm run service",
  "npm run perf",
  "npm run lint -- --fix",
  "npm run build -- ${{ matrix.target }}",
  "cd ${{ inputs.folder }} && npm ci",
  "export SHA=${{ github.sha }}",
  "SHA=${{ github.sha }}\nnpm ci",
  "SHA=$GITHUB_SHA npm ci",
  '"$GITHUB_WORKSPACE/scripts/x.sh"',
  "${{ github.workspace }}/scripts/x.sh",
  "i=$(( $i + 1 ))",
  "(( i++ ))",
  '[[ -n "$a" && "$b" == x || $c ]] && npm ci',
  'args=( "$x" "$y" )\nnpm test "${args[@]}"',
  "while read -r l; do echo $l; done < list",
  "for x in $LIST; do echo $x; done",
  "awk '\n$1 == \"x\" { print }\n' file",
  "jq '\n.a | .b\n' file",
  "cat /etc/os-release",
  "source /etc/os-release",
  "npm ci 2>&1 | tee log.txt > /dev/null",
  "cat build.sh | sh build.sh",
  "echo x > /tmp/y",
  "mkdir -p dist && cp -r src dist/",
  "aws s3 cp a s3://b",
  "terraform apply -auto-approve",
  "pip install -r requirements.txt && pytest",
  "./gradlew build",
  "go test ./...",
  "cargo test",
])("%j needs nothing", (script) => {
  expect(scriptNeeds(script, "bash")).toEqual([]);
});

describe("shells", () => {
  test.each(["bash", "sh", "bash -l {0}", "/bin/bash -e {0}", "python", "python3", "node", "node {0}"])(
    "%s is known",
    (shell) => {
      expect(scriptNeeds("x", shell)).toEqual([]);
    },
  );

  test.each([
    "pwsh",
    "powershell",
    "cmd",
    "perl {0}",
    "",
    "${{ matrix.shell }}",
    "sudo bash {0}",
    "nix develop -c bash {0}",
  ])("%j is not", (shell) => {
    expect(kindsOf("x", shell)).toEqual(["unknown"]);
  });

  test("of other languages telling words are looked for, on lines that are no comments", () => {
    const script = "# sudo\nimport subprocess\nsubprocess.run(['sudo', 'apt-get', 'update'])";
    expect(scriptNeeds(script, "python")).toEqual([
      { kind: "sudo", detail: "subprocess.run(['sudo', 'apt-get', 'update'])", line: 2 },
      { kind: "package-manager", detail: "subprocess.run(['sudo', 'apt-get', 'update'])", line: 2 },
    ]);
    expect(scriptNeeds("print('service')", "python")).toEqual([]);
  });
});

describe("lines and details", () => {
  test("each kind once, in the order of the lines, with the command that says so", () => {
    const script = "npm ci\nsudo apt-get update\nsudo apt-get install jq\n\ndocker build \\\n  -t ${{ github.sha }} .";
    expect(scriptNeeds(script, "bash")).toEqual([
      { kind: "sudo", detail: "sudo apt-get update", line: 1 },
      { kind: "package-manager", detail: "sudo apt-get update", line: 1 },
      { kind: "docker", detail: "docker build -t ${{ … }} .", line: 4 },
    ]);
  });

  test.each([
    ["behind a text of several lines", "echo 'a\nb\nc'\ndocker ps", 3],
    ["behind a continued line", "npm \\\n ci\ndocker ps", 2],
    ["behind an expression of several lines", "echo ${{\n github.sha\n}}\ndocker ps", 3],
    ["behind a here-document", "cat <<A <<-B\na\nA\nb\n\tB\ndocker ps", 5],
    ["within a here-document", "cat <<A\na\ndocker ps\nA", 2],
    ["within quotes", "bash -c '\nnpm ci\ndocker ps\n'", 2],
    ["within quotes of a command that only prints", 'echo "\na\n$(docker ps)"', 2],
    ["with Windows line ends", "npm ci\r\ndocker ps\r\n", 1],
  ])("a line is right %s", (_name, script, line) => {
    expect(
      scriptNeeds(script, "bash")
        .filter(({ kind }) => kind === "docker")
        .map((need) => need.line),
    ).toContain(line);
  });

  test("a detail is short, on one line, and ends no code in Markdown", () => {
    const [need] = scriptNeeds(`docker run '\n${"`x` ".repeat(100)}'`, "bash");
    expect(need?.detail).toMatch(/^docker run 'x' [^\n`]*…$/);
    expect(need?.detail.length).toBeLessThanOrEqual(71);
  });

  test("what is piped into a shell says so", () => {
    expect(scriptNeeds("curl x | sh -s", "bash")).toEqual([{ kind: "unknown", detail: "… | sh -s", line: 0 }]);
  });
});

describe("any text", () => {
  const piece = constantFrom(
    ..."docker|sudo|$x|'|\"|`|$(|((|))|(|)|[[|]]|<<A|A|\n|\\|#|${{|}}|;|&&||||>|/etc/x| |x=|bash -c|{|}|${|\r\n".split(
      "|",
    ),
  );
  const texts = array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));

  test("never throws, and every line is one of the script", () => {
    const check = (script: string): void => {
      const lines = script.split("\n").length;
      for (const { line, detail } of scriptNeeds(script, "bash")) {
        expect(line).toBeGreaterThanOrEqual(0);
        expect(line).toBeLessThan(lines);
        expect(detail).not.toContain("\n");
      }
    };
    assert(property(texts, check), { numRuns: 1000 });
    assert(property(string(), check), { numRuns: 300 });
  });

  test("whatever stands before it on lines of its own, Docker is found", () => {
    assert(
      property(texts, (before) => {
        expect(kindsOf(`${before}\nnpm ci\ndocker build .\n`)).toContain("docker");
      }),
      { numRuns: 1000 },
    );
  });
});
