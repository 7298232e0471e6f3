import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Stand-in for Amazon ECR in one region, over its own protocol (AWS JSON 1.1), with the rules that image:push relies on:
 * repositories and images that are not there, tags that cannot be moved, passwords that it gave out itself. `PutImage`
 * is what a container engine's push comes down to.
 */
export type Registry = {
  readonly endpoint: string;
  /** `ACCOUNT.dkr.ecr.REGION.amazonaws.com` */
  readonly host: string;
  readonly calls: string[];
  readonly repositories: Map<string, StoredRepository>;
  /** Passwords that it gave out. */
  readonly passwords: Set<string>;
  /** Operations that are refused, as missing rights are. */
  readonly denied: Set<string>;
  close(): Promise<void>;
};

export type StoredRepository = {
  imageTagMutability: string;
  scanOnPush: boolean;
  readonly encryption: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  lifecyclePolicy?: unknown;
  policy?: unknown;
  readonly images: StoredImage[];
};

export type StoredImage = {
  readonly digest: string;
  readonly mediaType: string;
  readonly tag: string;
  readonly pushedAt: Date;
};

const account = "123456789012";
const region = "eu-central-1";

class Refusal extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

type Input = {
  readonly repositoryName: string;
  readonly repositoryNames: readonly string[];
  readonly resourceArn: string;
  readonly imageTagMutability: string;
  readonly imageScanningConfiguration: { readonly scanOnPush: boolean };
  readonly encryptionConfiguration?: { readonly encryptionType: string };
  readonly tags?: StoredRepository["tags"];
  readonly lifecyclePolicyText: string;
  readonly policyText: string;
  readonly imageIds: readonly { readonly imageTag: string }[];
  readonly imageTag: string;
  readonly imageManifest: string;
  readonly imageManifestMediaType: string;
};

export async function startRegistry(): Promise<Registry> {
  const repositories = new Map<string, StoredRepository>();
  const [calls, passwords, denied] = [[] as string[], new Set<string>(), new Set<string>()];
  const host = `${account}.dkr.ecr.${region}.amazonaws.com`;

  const named = (name: string): StoredRepository => {
    const repository = repositories.get(name);
    if (repository === undefined) throw new Refusal("RepositoryNotFoundException", `no repository ${name}`);
    return repository;
  };
  const described = (name: string): unknown => ({
    repositoryName: name,
    registryId: account,
    repositoryArn: `arn:aws:ecr:${region}:${account}:repository/${name}`,
    repositoryUri: `${host}/${name}`,
    imageTagMutability: named(name).imageTagMutability,
  });

  const operations: Readonly<Record<string, (input: Input, password: string) => unknown>> = {
    DescribeRepositories: ({ repositoryNames }) => ({ repositories: repositoryNames.map((name) => described(name)) }),
    CreateRepository({
      repositoryName,
      imageTagMutability,
      imageScanningConfiguration,
      encryptionConfiguration,
      tags,
    }) {
      if (repositories.has(repositoryName)) throw new Refusal("RepositoryAlreadyExistsException", repositoryName);
      repositories.set(repositoryName, {
        imageTagMutability,
        scanOnPush: imageScanningConfiguration.scanOnPush,
        encryption: encryptionConfiguration?.encryptionType ?? "none",
        tags: tags ?? [],
        images: [],
      });
      return { repository: described(repositoryName) };
    },
    ListTagsForResource: ({ resourceArn }) => ({ tags: named(resourceArn.split("/").slice(1).join("/")).tags }),
    PutImageTagMutability({ repositoryName, imageTagMutability }) {
      named(repositoryName).imageTagMutability = imageTagMutability;
      return {};
    },
    PutImageScanningConfiguration({ repositoryName, imageScanningConfiguration }) {
      named(repositoryName).scanOnPush = imageScanningConfiguration.scanOnPush;
      return {};
    },
    PutLifecyclePolicy({ repositoryName, lifecyclePolicyText }) {
      named(repositoryName).lifecyclePolicy = JSON.parse(lifecyclePolicyText);
      return {};
    },
    SetRepositoryPolicy({ repositoryName, policyText }) {
      named(repositoryName).policy = JSON.parse(policyText);
      return {};
    },
    GetAuthorizationToken() {
      const password = randomBytes(24).toString("base64url");
      passwords.add(password);
      const authorizationToken = Buffer.from(`AWS:${password}`).toString("base64");
      return { authorizationData: [{ authorizationToken, proxyEndpoint: `https://${host}` }] };
    },
    PutImage({ repositoryName, imageTag, imageManifest, imageManifestMediaType }, password) {
      if (!passwords.has(password)) throw new Refusal("AccessDeniedException", "no basic auth credentials");
      const repository = named(repositoryName);
      if (repository.imageTagMutability === "IMMUTABLE" && repository.images.some(({ tag }) => tag === imageTag)) {
        throw new Refusal("ImageTagAlreadyExistsException", `tag ${imageTag} cannot be moved`);
      }
      const digest = `sha256:${createHash("sha256").update(imageManifest).digest("hex")}`;
      repository.images.push({ digest, mediaType: imageManifestMediaType, tag: imageTag, pushedAt: new Date() });
      return { image: { imageId: { imageDigest: digest, imageTag } } };
    },
    DescribeImages({ repositoryName, imageIds }) {
      const [wanted] = imageIds;
      const image = named(repositoryName).images.find(({ tag }) => tag === wanted?.imageTag);
      if (image === undefined) throw new Refusal("ImageNotFoundException", `no image ${wanted?.imageTag ?? ""}`);
      return {
        imageDetails: [
          {
            repositoryName,
            imageDigest: image.digest,
            imageTags: [image.tag],
            imageManifestMediaType: image.mediaType,
            imagePushedAt: image.pushedAt.getTime() / 1000,
          },
        ],
      };
    },
  };

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const target = String(request.headers["x-amz-target"]).replace("AmazonEC2ContainerRegistry_V20150921.", "");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    calls.push(target);
    const operation = operations[target];
    if (operation === undefined) throw new Refusal("UnknownOperationException", target);
    if (denied.has(target)) throw new Refusal("AccessDeniedException", `not authorized to perform: ecr:${target}`);
    return operation(
      JSON.parse(Buffer.concat(chunks).toString("utf8")) as Input,
      String(request.headers["x-password"]),
    );
  };

  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/x-amz-json-1.1");
    answer(request).then(
      (result) => response.end(JSON.stringify(result)),
      (error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal("ServerException", String(error));
        response.statusCode = error instanceof Refusal ? 400 : 500;
        response.end(JSON.stringify({ __type: refusal.type, message: refusal.message }));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    host,
    calls,
    repositories,
    passwords,
    denied,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
