variable "passwords" {
  type      = map(string)
  sensitive = true
  ephemeral = true # in no saved plan
}

provider "ghes" {
  alias    = "build"
  username = "build-bot"
  password = var.passwords["build-bot"]
}

provider "ghes" {
  alias    = "deploy"
  username = "deploy-bot"
  password = var.passwords["deploy-bot"]
}

module "build" {
  source    = "./team"
  providers = { ghes = ghes.build }
}

module "deploy" {
  source    = "./team"
  providers = { ghes = ghes.deploy }
}
