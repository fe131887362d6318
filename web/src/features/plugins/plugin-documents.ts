import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

export const PluginFacts = graphql(`
  fragment Plugins_Plugin on Plugin {
    id
    name
    version
    description
    builtIn
    health {
      state
      reason
      latencyMs
      checkedAt
    }
    access {
      allowSuperuser
      requiredGroups
    }
    pendingAccess {
      allowSuperuser
      requiredGroups
    }
  }
`)
export type PluginFacts = FragmentOf<typeof PluginFacts>

export const ServiceFacts = graphql(`
  fragment Plugins_Service on Service {
    id
    name
    builtIn
    health {
      state
      reason
      latencyMs
      checkedAt
    }
  }
`)
export type ServiceFacts = FragmentOf<typeof ServiceFacts>

export const Plugins = graphql(
  `
    query Plugins_List {
      plugins(first: 100) {
        edges {
          cursor
          node {
            id
            ...Plugins_Plugin
          }
        }
      }
      services(first: 100) {
        edges {
          cursor
          node {
            id
            ...Plugins_Service
            plugin {
              id
              name
            }
          }
        }
      }
    }
  `,
  [PluginFacts, ServiceFacts],
)

export const Plugin = graphql(
  `
    query Plugins_One($id: ID!) {
      plugin(id: $id) {
        id
        ...Plugins_Plugin
        settings
        settingsSchema
      }
    }
  `,
  [PluginFacts],
)

export const HealthChanged = graphql(
  `
    subscription Plugins_HealthChanged {
      serviceHealthChanged {
        service {
          id
          ...Plugins_Service
          plugin {
            id
            ...Plugins_Plugin
          }
        }
      }
    }
  `,
  [PluginFacts, ServiceFacts],
)

export const ApproveAccess = graphql(
  `
    mutation Plugins_ApproveAccess($input: ApprovePluginAccessInput!) {
      approvePluginAccess(input: $input) {
        __typename
        ... on ApprovePluginAccessSuccess {
          plugin {
            id
            ...Plugins_Plugin
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [PluginFacts],
)

export const UpdateSettings = graphql(`
  mutation Plugins_UpdateSettings($input: UpdatePluginSettingsInput!) {
    updatePluginSettings(input: $input) {
      __typename
      ... on UpdatePluginSettingsSuccess {
        plugin {
          id
          settings
          settingsSchema
        }
      }
      ... on SettingsInvalidError {
        faults {
          path
          message
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
