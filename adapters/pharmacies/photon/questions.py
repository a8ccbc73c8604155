"""
The GraphQL documents that are sent to Photon.
"""

ORDER_FIELDS = """
  id externalId state
  pharmacy { id }
  fulfillment { type state }
  cancellation { outcome }
  fills { id filledAt prescription { id } }
"""

FIND_ORDERS = f"""
query FindOrders($externalId: ID) {{
  orders(filter: {{ externalId: $externalId }}) {{ {ORDER_FIELDS} }}
}}
"""

GET_ORDER = f"""
query GetOrder($id: ID!) {{ order(id: $id) {{ {ORDER_FIELDS} }} }}
"""

FIND_PATIENTS = """
query FindPatients($externalId: ID) {
  patients(filter: { externalId: $externalId }) { id }
}
"""

FIND_PRESCRIPTIONS = """
query FindPrescriptions($externalId: ID) {
  prescriptions(filter: { externalId: $externalId }) { id state }
}
"""

FIND_MEDICATIONS = """
query FindMedications($name: String) {
  medications(filter: { drug: { name: $name } }, first: 25) { id name }
}
"""

CREATE_PATIENT = """
mutation CreatePatient(
  $externalId: ID, $name: NameInput!, $dateOfBirth: AWSDate!, $sex: SexType!,
  $phone: AWSPhone!, $address: AddressInput
) {
  createPatient(
    externalId: $externalId, name: $name, dateOfBirth: $dateOfBirth, sex: $sex,
    phone: $phone, address: $address
  ) { id }
}
"""

CREATE_PRESCRIPTION = """
mutation CreatePrescription(
  $externalId: ID, $patientId: ID!, $treatmentId: ID!, $dispenseQuantity: Float!,
  $dispenseUnit: String!, $dispenseAsWritten: Boolean, $fillsAllowed: Int!,
  $daysSupply: Int, $instructions: String!
) {
  createPrescription(
    externalId: $externalId, patientId: $patientId, treatmentId: $treatmentId,
    dispenseQuantity: $dispenseQuantity, dispenseUnit: $dispenseUnit,
    dispenseAsWritten: $dispenseAsWritten, fillsAllowed: $fillsAllowed,
    daysSupply: $daysSupply, instructions: $instructions
  ) { id state }
}
"""

CREATE_ORDER = f"""
mutation CreateOrder(
  $externalId: ID, $patientId: ID!, $pharmacyId: ID, $address: AddressInput!,
  $fills: [FillInput!]!
) {{
  createOrder(
    externalId: $externalId, patientId: $patientId, pharmacyId: $pharmacyId,
    address: $address, fills: $fills
  ) {{ {ORDER_FIELDS} }}
}}
"""

CANCEL_ORDER = f"""
mutation CancelOrder($id: ID!, $reason: String) {{
  cancelOrder(id: $id, reason: $reason) {{ {ORDER_FIELDS} }}
}}
"""

CANCEL_PRESCRIPTION = """
mutation CancelPrescription($id: ID!) { cancelPrescription(id: $id) { id state } }
"""
