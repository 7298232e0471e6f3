import { DescribeImagesCommand, ImageNotFoundException, type ECRClient } from "@aws-sdk/client-ecr";

export type RegistryImage = { readonly digest: string; readonly pushedAt: Date };

/** What Lambda runs: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-reqs */
const singleImages: ReadonlySet<string> = new Set([
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
]);

/** The image that ECR has under a tag; undefined when it has none. Rejects when it is not one that Lambda can run. */
export async function registryImage(
  ecr: ECRClient,
  repositoryName: string,
  tag: string,
): Promise<RegistryImage | undefined> {
  const described = await describe(ecr, repositoryName, tag);
  if (described === undefined) return undefined;
  const { imageDigest: digest, imagePushedAt: pushedAt, imageManifestMediaType: mediaType } = described;
  if (digest === undefined || pushedAt === undefined)
    throw new Error(`ECR tells no digest of ${repositoryName}:${tag}`);
  if (mediaType === undefined || !singleImages.has(mediaType)) {
    throw new Error(
      `${repositoryName}:${tag} is ${mediaType ?? "of no known type"}, and Lambda takes a single image only: delete it ` +
        `(aws ecr batch-delete-image --repository-name ${repositoryName} --image-ids imageTag=${tag}), build it with ` +
        "npm run image:build and push again",
    );
  }
  return { digest, pushedAt };
}

async function describe(ecr: ECRClient, repositoryName: string, imageTag: string) {
  try {
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }));
    return imageDetails?.[0];
  } catch (error) {
    if (error instanceof ImageNotFoundException) return undefined;
    throw error;
  }
}
