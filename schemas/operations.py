"""AWS operations by what they may do: only read, return content or secrets, and the IAM actions they need.

Services are named as boto3 names its clients (``ec2``, ``cloudwatch``), operations as the API does
(``DescribeVolumes``). What stands in no table is judged by its verb; what no verb proves to be a read is not one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from schemas.azure_operations import azure_operation
from schemas.errors import ForbiddenOperationError, InvalidInputError
from schemas.gcp_operations import gcp_permissions


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(**services: str) -> Mapping[str, frozenset[str]]:
    """Operations by service; an underscore in a keyword stands for the dash in the service's name."""
    return {service.replace("_", "-"): _names(names) for service, names in services.items()}


_READ_VERB: Final = re.compile(r"(BatchDescribe|BatchGet|Describe|Get|Head|List)[A-Z0-9]")
OTHER_READS: Final = _table(
    cloudtrail="LookupEvents",
    config="SelectAggregateResourceConfig SelectResourceConfig",
    ec2="SearchLocalGatewayRoutes SearchTransitGatewayMulticastGroups SearchTransitGatewayRoutes",
    iam="GenerateServiceLastAccessedDetails SimulateCustomPolicy SimulatePrincipalPolicy",
    resource_explorer_2="Search",
    resource_groups="SearchResources",
    servicecatalog="SearchProvisionedProducts",
)
"""Reads whose verb does not say so. The IAM reference gives each the access level List or Read."""

FALSE_READS: Final = _table(
    appfabric="BatchGetUserAccessTasks",
    athena="GetSessionEndpoint",
    bcm_pricing_calculator="ListTagsForResource",
    billing="GetResourcePolicy",
    cognito_identity="GetId",
    datazone="GetIamPortalLoginUrl",
    glue="DescribeConnectionType DescribeEntity ListConnectionTypes ListEntities",
    quicksight="DescribeDataSetPermissions DescribeDataSourcePermissions DescribeTopicPermissions",
    route53globalresolver="ListTagsForResource",
    socialmessaging="GetWhatsAppMessageMedia",
    ssm_sap="GetResourcePermission",
    stepfunctions="GetActivityTask",
    waf="GetChangeToken",
    waf_regional="GetChangeToken",
)
"""Named like reads, but the IAM reference puts them above Read, or they change state."""

CONTENT_SERVICES: Final = _names(
    """
    appconfigdata bedrock-agent-runtime bedrock-agentcore bedrock-runtime cloudfront-keyvaluestore cloudsearchdomain
    connectparticipant dynamodbstreams ebs ec2-instance-connect iot-data iot-jobs-data keyspacesstreams
    kinesis-video-archived-media kinesis-video-media kinesis-video-signaling lex-runtime lexv2-runtime mediastore-data
    neptunedata personalize-events personalize-runtime rds-data redshift-data sagemaker-featurestore-runtime
    sagemaker-runtime sdb signin ssm-guiconnect sso sso-oidc timestream-query workmailmessageflow
    """
)
"""Data planes and sign-in services: whatever they answer is the customer's content, or opens it."""

CONTENT_OPERATIONS: Final = _table(
    acm="ExportCertificate",
    apigateway="GetApiKey GetApiKeys GetExport GetSdk GetUsagePlanKey GetUsagePlanKeys",
    apigatewayv2="ExportApi",
    appconfig="GetConfiguration GetHostedConfigurationVersion",
    appsync="ListApiKeys",
    athena="BatchGetQueryExecution GetCalculationExecutionCode GetQueryExecution GetQueryResults",
    auditmanager="GetEvidence",
    autoscaling="DescribeLaunchConfigurations",
    backupsearch="ListSearchJobResults",
    bedrock_agent="GetKnowledgeBaseDocuments",
    chime_sdk_messaging="GetChannelMessage ListChannelMessages",
    cloudformation="GetGeneratedTemplate GetTemplate",
    cloudtrail="GetQueryResults",
    codeartifact="GetPackageVersionAsset GetPackageVersionReadme",
    codebuild="BatchGetCommandExecutions",
    codecommit="BatchGetCommits GetBlob GetCommit GetDifferences GetFile GetFolder",
    cognito_identity="LookupDeveloperIdentity",
    cognito_idp="""
        AdminGetUser AdminListDevices DescribeIdentityProvider DescribeUserPoolClient GetDevice GetUser
        ListUserPoolClientSecrets ListUsers ListUsersInGroup
    """,
    cognito_sync="ListRecords",
    connect="GetAttachedFile GetContactAttributes GetPromptFile SearchContacts",
    customer_profiles="ListProfileObjects SearchProfiles",
    directconnect="DescribeRouterConfiguration DescribeVirtualInterfaces",
    ds_data="DescribeUser ListUsers SearchUsers",
    dynamodb="""
        BatchExecuteStatement BatchGetItem ExecuteStatement ExecuteTransaction GetItem Query Scan SearchVectors
        TransactGetItems
    """,
    ec2="""
        DescribeInstanceAttribute DescribeLaunchTemplateVersions DescribeVpnConnections
        ExportClientVpnClientConfiguration GetConsoleOutput GetConsoleScreenshot GetInstanceUefiData
        GetLaunchTemplateData GetVpnConnectionDeviceSampleConfiguration
    """,
    ecr="BatchGetImage GetDownloadUrlForLayer",
    elbv2="GetTrustStoreCaCertificatesBundle GetTrustStoreRevocationContent",
    frauddetector="GetEvent GetEventPrediction",
    glue="""
        GetConnection GetConnections GetEntityRecords GetStatement GetSystemLogsForJobRun GetSystemLogsForSession
        ListStatements
    """,
    greengrassv2="GetComponent GetComponentVersionArtifact",
    inspector2="BatchGetCodeSnippet GetEncryptionKey",
    iot="GetJobDocument GetRegistrationCode",
    iotsitewise="""
        BatchGetAssetPropertyValue BatchGetAssetPropertyValueHistory GetAssetPropertyValue GetAssetPropertyValueHistory
        GetInterpolatedAssetPropertyValues GetQueryResults
    """,
    iottwinmaker="GetPropertyValue GetPropertyValueHistory",
    ivs="BatchGetStreamKey GetStreamKey",
    kendra="Query Retrieve",
    kinesis="GetRecords SubscribeToShard",
    kms="Decrypt GenerateDataKey GenerateDataKeyPair GetParametersForImport ReEncrypt",
    lakeformation="GetWorkUnitResults",
    **{
        "lambda": """
        GetDurableExecution GetDurableExecutionHistory GetDurableExecutionState GetFunction GetLayerVersion
        GetLayerVersionByArn Invoke
    """
    },
    lexv2_models="ListUtteranceAnalyticsData SearchAssociatedTranscripts",
    lightsail="""
        DownloadDefaultKeyPair GetBucketAccessKeys GetContainerLog GetInstanceAccessDetails
        GetRelationalDatabaseLogEvents
    """,
    location="GetDevicePosition GetDevicePositionHistory BatchGetDevicePosition ListDevicePositions",
    logs="FilterLogEvents GetLogEvents GetLogObject GetLogRecord GetQueryResults StartLiveTail StartQuery",
    macie2="GetSensitiveDataOccurrences",
    mailmanager="GetArchiveMessage GetArchiveMessageContent GetArchiveSearchResults",
    medical_imaging="GetImageFrame GetImageSetMetadata",
    omics="GetReadSet GetReference",
    pi="DescribeDimensionKeys GetDimensionKeyDetails",
    pinpoint="GetEndpoint GetInAppMessages GetUserEndpoints",
    qbusiness="GetDocumentContent GetMedia ListMessages SearchRelevantContent",
    qconnect="GetContent ListMessages SearchContent",
    rds="DownloadDBLogFilePortion",
    rekognition="DetectText GetFaceLivenessSessionResults SearchFaces SearchFacesByImage",
    s3="""
        GetObject GetObjectAnnotation GetObjectAttributes GetObjectTorrent HeadObject ListObjectAnnotations
        SelectObjectContent
    """,
    s3control="GetDataAccess",
    s3vectors="GetVectors ListVectors QueryVectors",
    schemas="GetCodeBindingSource",
    secretsmanager="BatchGetSecretValue GetRandomPassword GetSecretValue",
    ses="GetTemplate",
    sesv2="GetMessageInsights",
    snowball="GetJobManifest GetJobUnlockCode",
    sqs="ReceiveMessage",
    ssm="""
        GetAutomationExecution GetCommandInvocation GetParameter GetParameterHistory GetParameters GetParametersByPath
        ListCommandInvocations ListCommands
    """,
    stepfunctions="DescribeExecution GetExecutionHistory",
    storagegateway="DescribeChapCredentials",
    support="DescribeAttachment DescribeCases DescribeCommunications",
    swf="GetWorkflowExecutionHistory",
    textract="GetDocumentAnalysis GetDocumentTextDetection GetExpenseAnalysis GetLendingAnalysis",
    transcribe="GetMedicalTranscriptionJob GetTranscriptionJob",
    waf="GetSampledRequests",
    waf_regional="GetSampledRequests",
    wafv2="GetDecryptedAPIKey GetSampledRequests",
    wisdom="GetContent SearchContent",
    workdocs="GetDocumentVersion",
)
"""Calls that return what customers store or keep secret: objects, rows, messages, logs, keys, user data, source."""

_SECRET_WORD: Final = re.compile(
    r"Get\w*(Credentials|Password(?!Policy)|Secret|Token(s|Data)?(For\w+|From\w+)?$|AccessKeys|ApiKey$"
    r"|(Signed|Presigned|Embed|Login|Session|Download|Upload|Artifacts?|Log)\w*(Url|URL|Link)s?$)"
)
"""What ``Get`` calls that hand out keys, tokens and signed addresses are named like, in services yet to come too."""
_HARMLESS: Final = frozenset({"iam:GetCredentialReport"})
"""Named like a secret, and none: when keys and passwords were used and changed."""

IAM_PREFIXES: Final[Mapping[str, str]] = {
    "accessanalyzer": "access-analyzer",
    "apigatewayv2": "apigateway",
    "application-insights": "applicationinsights",
    "cloudcontrol": "cloudformation",
    "docdb": "rds",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "keyspaces": "cassandra",
    "kinesisanalyticsv2": "kinesisanalytics",
    "location": "geo",
    "neptune": "rds",
    "opensearch": "es",
    "pinpoint": "mobiletargeting",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "sesv2": "ses",
    "sso-admin": "sso",
    "stepfunctions": "states",
}
"""The prefix of the IAM actions where it is not the client's name."""

IAM_ACTIONS: Final[Mapping[str, str]] = {
    "accessanalyzer:GetFindingV2": "access-analyzer:GetFinding",
    "accessanalyzer:ListFindingsV2": "access-analyzer:ListFindings",
    "acm:ListTagsForResource": "acm:ListTagsForCertificate",
    "budgets:DescribeBudget": "budgets:ViewBudget",
    "budgets:DescribeBudgetPerformanceHistory": "budgets:ViewBudget",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketAnalyticsConfiguration": "s3:GetAnalyticsConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketIntelligentTieringConfiguration": "s3:GetIntelligentTieringConfiguration",
    "s3:GetBucketInventoryConfiguration": "s3:GetInventoryConfiguration",
    "s3:GetBucketLifecycle": "s3:GetLifecycleConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketMetadataConfiguration": "s3:GetBucketMetadataTableConfiguration",
    "s3:GetBucketMetricsConfiguration": "s3:GetMetricsConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBucketAnalyticsConfigurations": "s3:GetAnalyticsConfiguration",
    "s3:ListBucketIntelligentTieringConfigurations": "s3:GetIntelligentTieringConfiguration",
    "s3:ListBucketInventoryConfigurations": "s3:GetInventoryConfiguration",
    "s3:ListBucketMetricsConfigurations": "s3:GetMetricsConfiguration",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListParts": "s3:ListMultipartUploadParts",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""Operations whose IAM action is not their own name. The IAM reference is the source."""


def is_read_only(service: str, operation: str) -> bool:
    """True when the operation cannot change anything in the account."""
    if operation in FALSE_READS.get(service, ()):
        return False
    return bool(_READ_VERB.match(operation)) or operation in OTHER_READS.get(service, ())


def returns_content(service: str, operation: str) -> bool:
    """True when the answer holds customers' content, a secret, or an address or token that opens one."""
    if service in CONTENT_SERVICES or operation in CONTENT_OPERATIONS.get(service, ()):
        return True
    return bool(_SECRET_WORD.search(operation)) and f"{service}:{operation}" not in _HARMLESS


def iam_actions(provider: str, service: str, operation: str) -> tuple[str, ...]:
    """The actions that an operation needs. Raises ``InvalidInputError`` for a provider without tables."""
    if provider == "azure":
        return azure_operation(f"{service}:{operation}").actions
    if provider == "gcp":
        return gcp_permissions(service, operation)
    if provider != "aws":
        raise InvalidInputError("provider", provider, "permissions are known for: aws, azure, gcp")
    if service in ("apigateway", "apigatewayv2"):
        return ("apigateway:GET",)
    own = f"{IAM_PREFIXES.get(service, service)}:{operation}"
    return (IAM_ACTIONS.get(f"{service}:{operation}", own),)


def check_declaration(service: str, operation: str) -> None:
    """Refuse a declared operation that could change something or return content: ``ForbiddenOperationError``."""
    if not is_read_only(service, operation):
        raise ForbiddenOperationError(f"{service}:{operation} is not a read-only operation")
    if returns_content(service, operation):
        raise ForbiddenOperationError(f"{service}:{operation} returns customers' content or secrets")
