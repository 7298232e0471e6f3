import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  RepositoryNotFoundException,
  SetRepositoryPolicyCommand,
  type ECRClient,
  type Repository,
} from "@aws-sdk/client-ecr";

export type ImageRepository = {
  readonly name: string;
  /** Where images are pushed to: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`. */
  readonly uri: string;
  readonly arn: string;
};

const stackTag = "mayfly:stack";

/**
 * The ECR repository for a stage's images, made when it is missing: tags that cannot be moved, a scan of each push,
 * encryption, the last 20 images kept, and Lambda allowed to read for functions of this stage. One that carries this
 * stage's tag is brought to the same settings again; any other is used as it is, because somebody else looks after it.
 */
export async function settleRepository(ecr: ECRClient, name: string, stage: string): Promise<ImageRepository> {
  const stack = `mayfly-${stage}`;
  const repository = (await findRepository(ecr, name)) ?? (await create(ecr, name, stack));
  if ((await stackOf(ecr, repository.arn)) === stack) await settle(ecr, repository, stack);
  return repository;
}

/** The ECR repository of that name, if there is one. */
export async function findRepository(ecr: ECRClient, name: string): Promise<ImageRepository | undefined> {
  try {
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return addressed(name, repositories?.[0]);
  } catch (error) {
    if (error instanceof RepositoryNotFoundException) return undefined;
    throw error;
  }
}

async function create(ecr: ECRClient, name: string, stack: string): Promise<ImageRepository> {
  const { repository } = await ecr.send(
    new CreateRepositoryCommand({
      repositoryName: name,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: "AES256" },
      tags: [{ Key: stackTag, Value: stack }],
    }),
  );
  return addressed(name, repository);
}

function addressed(name: string, repository: Repository | undefined): ImageRepository {
  const { repositoryUri: uri, repositoryArn: arn } = repository ?? {};
  if (uri === undefined || arn === undefined) throw new Error(`ECR tells no address of repository ${name}`);
  return { name, uri, arn };
}

async function stackOf(ecr: ECRClient, arn: string): Promise<string | undefined> {
  const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn: arn }));
  return tags?.find(({ Key }) => Key === stackTag)?.Value;
}

async function settle(ecr: ECRClient, { name: repositoryName, arn }: ImageRepository, stack: string): Promise<void> {
  await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
  await ecr.send(
    new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration: { scanOnPush: true } }),
  );
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: JSON.stringify(lifecycle) }));
  await ecr.send(
    new SetRepositoryPolicyCommand({ repositoryName, policyText: JSON.stringify(readableByLambda(arn, stack)) }),
  );
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html; `any` must come last. */
const lifecycle = {
  rules: [
    {
      rulePriority: 1,
      description: "an untagged image is what an interrupted push left",
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 },
      action: { type: "expire" },
    },
    {
      rulePriority: 2,
      description: "the last 20 images, to go back to",
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 20 },
      action: { type: "expire" },
    },
  ],
};

/**
 * Lambda reads the image with its own rights, now and whenever it wakes an idle function up:
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
 */
function readableByLambda(repositoryArn: string, stack: string): unknown {
  const [, partition, , region, account] = repositoryArn.split(":");
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "LambdaReadsTheImage",
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        Condition: {
          StringLike: { "aws:SourceArn": `arn:${partition}:lambda:${region}:${account}:function:${stack}-*` },
        },
      },
    ],
  };
}
