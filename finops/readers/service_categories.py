"""The service category of FOCUS for the services that make most bills; any other is ``Other``."""

from __future__ import annotations

from typing import Final

from finops.readers.expressions import literal

AWS: Final = {
    "AI and Machine Learning": "AmazonBedrock AmazonSageMaker AmazonRekognition AmazonTextract AmazonPolly comprehend "
    "translate transcribe AmazonLex AmazonBedrockService",
    "Analytics": "AmazonAthena AWSGlue AmazonRedshift ElasticMapReduce AmazonKinesis AmazonKinesisFirehose AmazonES "
    "AmazonQuickSight AWSLakeFormation AmazonMSK",
    "Compute": "AmazonEC2 AWSLambda AmazonECS AmazonEKS AmazonLightsail AWSBatch AWSAppRunner ComputeSavingsPlans "
    "AmazonECR AWSElasticBeanstalk",
    "Databases": "AmazonRDS AmazonDynamoDB AmazonElastiCache AmazonDocDB AmazonNeptune AmazonMemoryDB AmazonTimestream",
    "Developer Tools": "CodeBuild AWSCodePipeline AWSCodeCommit AWSCodeArtifact AWSXRay",
    "Identity": "AmazonCognito AWSDirectoryService AWSSSO",
    "Integration": "AWSQueueService AmazonSNS AWSEvents AmazonMQ AmazonStates AmazonApiGateway AWSAppSync",
    "Internet of Things": "AWSIoT AWSGreengrass",
    "Management and Governance": "AmazonCloudWatch AWSCloudTrail AWSConfig AWSSystemsManager AWSCostExplorer "
    "AWSSupportBusiness AWSSupportEnterprise AWSDeveloperSupport AWSBackup AWSCloudFormation OCBPremiumSupport",
    "Media": "AWSElementalMediaConvert AWSElementalMediaLive AmazonIVS",
    "Migration": "AWSDatabaseMigrationSvc AWSDataSync AWSTransfer",
    "Networking": "AmazonVPC AmazonRoute53 AmazonCloudFront AWSELB AWSDirectConnect AWSDataTransfer "
    "AWSGlobalAccelerator AWSNetworkFirewall",
    "Security": "awskms AWSSecretsManager awswaf AmazonGuardDuty AmazonInspectorV2 AWSSecurityHub AmazonMacie "
    "AWSShield AWSCertificateManager",
    "Storage": "AmazonS3 AmazonEFS AmazonFSx AmazonGlacier AWSStorageGateway AmazonS3GlacierDeepArchive",
}
AWS_NAMES: Final = {
    "AI and Machine Learning": "Amazon Bedrock|Amazon SageMaker|Amazon Rekognition|Amazon Textract",
    "Analytics": "Amazon Athena|AWS Glue|Amazon Redshift|Amazon Elastic MapReduce|Amazon Kinesis|Amazon QuickSight|"
    "Amazon OpenSearch Service|Amazon Managed Streaming for Apache Kafka",
    "Compute": "Amazon Elastic Compute Cloud - Compute|EC2 - Other|AWS Lambda|Amazon Elastic Container Service|"
    "Amazon Elastic Container Service for Kubernetes|Amazon Elastic Kubernetes Service|Amazon Lightsail|"
    "Savings Plans for AWS Compute usage|Amazon EC2 Container Registry (ECR)",
    "Databases": "Amazon Relational Database Service|Amazon DynamoDB|Amazon ElastiCache|Amazon Neptune|"
    "Amazon DocumentDB (with MongoDB compatibility)",
    "Integration": "Amazon Simple Queue Service|Amazon Simple Notification Service|Amazon API Gateway|"
    "AWS Step Functions",
    "Management and Governance": "AmazonCloudWatch|AWS CloudTrail|AWS Config|AWS Cost Explorer|AWS Backup|"
    "AWS Support (Business)|AWS Support (Enterprise)|AWS Support (Developer)|AWS Systems Manager",
    "Networking": "Amazon Virtual Private Cloud|Amazon Elastic Load Balancing|Elastic Load Balancing|Amazon Route 53|"
    "Amazon CloudFront|AWS Direct Connect|AWS Data Transfer|AWS Global Accelerator",
    "Security": "AWS Key Management Service|AWS Secrets Manager|AWS WAF|Amazon GuardDuty|AWS Security Hub|Amazon Macie",
    "Storage": "Amazon Simple Storage Service|Amazon Elastic File System|Amazon FSx|Amazon Glacier",
}
"""By the names of Cost Explorer."""
AZURE: Final = {
    "AI and Machine Learning": "Azure OpenAI|Cognitive Services|Azure Machine Learning|Azure AI services|"
    "Foundry Models",
    "Analytics": "Azure Synapse Analytics|Azure Databricks|HDInsight|Azure Data Factory v2|Azure Data Factory|"
    "Event Hubs|Stream Analytics|Azure Data Explorer|Microsoft Fabric|Power BI Embedded",
    "Compute": "Virtual Machines|Virtual Machines Licenses|Functions|Azure App Service|Container Instances|"
    "Azure Kubernetes Service|Azure Container Apps|Container Registry|Cloud Services|Azure Spring Apps|Batch",
    "Databases": "SQL Database|SQL Managed Instance|Azure Cosmos DB|Azure Database for MySQL|Redis Cache|"
    "Azure Database for PostgreSQL|Azure Database for MariaDB|Azure Cache for Redis",
    "Developer Tools": "Azure DevOps|Visual Studio Subscription|GitHub",
    "Identity": "Azure Active Directory for External Identities|Microsoft Entra Domain Services|Microsoft Entra ID",
    "Integration": "Service Bus|Logic Apps|API Management|Event Grid|Notification Hubs",
    "Internet of Things": "IoT Hub|IoT Central|Digital Twins",
    "Management and Governance": "Azure Monitor|Log Analytics|Automation|Backup|Azure Site Recovery|"
    "Insight and Analytics|Azure Arc Enabled Databases",
    "Networking": "Virtual Network|Bandwidth|Load Balancer|VPN Gateway|ExpressRoute|Application Gateway|Azure DNS|"
    "Azure Front Door Service|Content Delivery Network|Azure Firewall|NAT Gateway|Azure Bastion|Traffic Manager|"
    "Virtual WAN|Private Link|Network Watcher|DDOS Protection",
    "Security": "Key Vault|Microsoft Defender for Cloud|Sentinel|Advanced Threat Protection|Security Center",
    "Storage": "Storage|Azure NetApp Files|Data Box|Azure Data Lake Storage Gen1",
}
GCP: Final = {
    "AI and Machine Learning": "Vertex AI|Cloud Vision API|Cloud Natural Language API|Gemini API|Cloud Speech API",
    "Analytics": "BigQuery|BigQuery Storage API|Cloud Dataflow|Cloud Dataproc|Cloud Composer|Looker Studio|"
    "BigQuery Reservation API",
    "Compute": "Compute Engine|Kubernetes Engine|Cloud Run|Cloud Functions|App Engine|Cloud Run Functions|"
    "Artifact Registry",
    "Databases": "Cloud SQL|Cloud Spanner|Cloud Bigtable|Cloud Firestore|Cloud Memorystore for Redis|AlloyDB|Firestore",
    "Developer Tools": "Cloud Build|Source Repository|Cloud Deploy",
    "Identity": "Identity Platform|Cloud Identity",
    "Integration": "Cloud Pub/Sub|Cloud Tasks|Eventarc|Apigee|Cloud Scheduler|Workflows",
    "Management and Governance": "Cloud Logging|Cloud Monitoring|Stackdriver Logging|Stackdriver Monitoring|Support",
    "Networking": "Networking|Cloud DNS|Cloud CDN|Cloud Load Balancing|Cloud Armor|Network Services|"
    "Network Connectivity",
    "Security": "Secret Manager|Cloud Key Management Service (KMS)|Security Command Center|reCAPTCHA Enterprise",
    "Storage": "Cloud Storage|Cloud Filestore|Backup for GKE|Backup and DR Service",
}


def joined(table: dict[str, str], subject: str) -> tuple[tuple[str, ...], str]:
    """The common table expression, and what stands after ``raw`` to join it as ``categories`` on an SQL text."""
    pairs = [(service, category) for category, told in table.items() for service in _services(told)]
    values = ", ".join(f"({literal(service)}, {literal(category)})" for service, category in pairs)
    setup = f"categories(service, category) AS (VALUES {values})"
    return (setup,), f"raw LEFT JOIN categories ON categories.service = {subject}"


CATEGORY: Final = "coalesce(categories.category, 'Other')"
"""``ServiceCategory`` beside a join."""


def _services(told: str) -> list[str]:
    return told.split("|") if "|" in told else told.split()
