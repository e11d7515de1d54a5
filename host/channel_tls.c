/* channel_tls.c: see channel_tls.h. */
#include "host/channel_tls.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

/* TLS 1.3 alone, AEAD ciphers, X25519, Ed25519, and raw keys for both sides. */
static const char priority[] =
    "NONE:+VERS-TLS1.3:+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM:+AEAD:+GROUP-X25519:"
    "+SIGN-EDDSA-ED25519:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK";

struct tls_credentials {
    gnutls_certificate_credentials_t certificates;
    gnutls_priority_t priorities;
};

struct tls {
    gnutls_session_t session;
    struct tls_owner owner;
    gnutls_packet_t packet; /* whose bytes were lent last, or NULL */
    bool verified;
    bool refused;
};

/* ---- Keys ------------------------------------------------------------------------------- */

/* The Ed25519 key that the peer has proved. False: none, or another kind of key. */
static bool peer_key(gnutls_session_t session, struct public_key *key)
{
    unsigned count = 0;
    const gnutls_datum_t *raw = gnutls_certificate_get_peers(session, &count);
    if (raw == NULL || count != 1 ||
        gnutls_certificate_type_get2(session, GNUTLS_CTYPE_PEERS) != GNUTLS_CRT_RAWPK) {
        return false;
    }
    gnutls_pubkey_t parsed;
    if (gnutls_pubkey_init(&parsed) != GNUTLS_E_SUCCESS) {
        return false;
    }
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    gnutls_datum_t x = {NULL, 0};
    gnutls_datum_t y = {NULL, 0};
    bool known = gnutls_pubkey_import(parsed, raw, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS &&
                 gnutls_pubkey_export_ecc_raw2(parsed, &curve, &x, &y, 0) == GNUTLS_E_SUCCESS &&
                 curve == GNUTLS_ECC_CURVE_ED25519 && x.size == sizeof(key->bytes);
    if (known) {
        memcpy(key->bytes, x.data, sizeof(key->bytes));
    }
    gnutls_free(x.data);
    gnutls_free(y.data);
    gnutls_pubkey_deinit(parsed);
    return known;
}

/* Called by GnuTLS within the handshake; not 0 ends it. */
static int verify_peer(gnutls_session_t session)
{
    struct tls *tls = gnutls_session_get_ptr(session);
    TALLY_ASSERT(tls != NULL);
    struct public_key key;
    tls->verified = peer_key(session, &key) && tls->owner.verify(tls->owner.context, &key);
    tls->refused = !tls->verified;
    return tls->verified ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

/* Imports seed and public key into GnuTLS's own objects and hands them to the credentials. */
static bool credentials_import(gnutls_certificate_credentials_t certificates,
                               const struct secret_key *key)
{
    struct public_key public_key;
    sign_key_public(key, &public_key);
    uint8_t seed[SIGN_SEED_SIZE];
    memcpy(seed, key->bytes, sizeof(seed));
    const gnutls_datum_t x = {public_key.bytes, sizeof(public_key.bytes)};
    const gnutls_datum_t k = {seed, sizeof(seed)};
    gnutls_privkey_t private_key = NULL;
    gnutls_pubkey_t raw = NULL;
    gnutls_pcert_st certificate;
    memset(&certificate, 0, sizeof(certificate));
    bool imported =
        gnutls_privkey_init(&private_key) == GNUTLS_E_SUCCESS &&
        gnutls_privkey_import_ecc_raw(private_key, GNUTLS_ECC_CURVE_ED25519, &x, NULL, &k) ==
            GNUTLS_E_SUCCESS &&
        gnutls_pubkey_init(&raw) == GNUTLS_E_SUCCESS &&
        gnutls_pubkey_import_ecc_raw(raw, GNUTLS_ECC_CURVE_ED25519, &x, NULL) == GNUTLS_E_SUCCESS &&
        gnutls_pcert_import_rawpk(&certificate, raw, 0) == GNUTLS_E_SUCCESS;
    gnutls_memset(seed, 0, sizeof(seed));
    if (imported && gnutls_certificate_set_key(certificates, NULL, 0, &certificate, 1,
                                               private_key) == GNUTLS_E_SUCCESS) {
        return true; /* everything belongs to the credentials now */
    }
    if (certificate.pubkey != NULL) {
        gnutls_pcert_deinit(&certificate);
    } else if (raw != NULL) {
        gnutls_pubkey_deinit(raw);
    }
    if (private_key != NULL) {
        gnutls_privkey_deinit(private_key);
    }
    return false;
}

struct tls_credentials *tls_credentials_new(const struct secret_key *key)
{
    struct tls_credentials *credentials = calloc(1, sizeof(*credentials));
    if (credentials == NULL) {
        return NULL;
    }
    if (gnutls_certificate_allocate_credentials(&credentials->certificates) != GNUTLS_E_SUCCESS) {
        free(credentials);
        return NULL;
    }
    if (!credentials_import(credentials->certificates, key) ||
        gnutls_priority_init(&credentials->priorities, priority, NULL) != GNUTLS_E_SUCCESS) {
        gnutls_certificate_free_credentials(credentials->certificates);
        free(credentials);
        return NULL;
    }
    gnutls_certificate_set_verify_function(credentials->certificates, verify_peer);
    return credentials;
}

void tls_credentials_free(struct tls_credentials *credentials)
{
    if (credentials == NULL) {
        return;
    }
    gnutls_priority_deinit(credentials->priorities);
    gnutls_certificate_free_credentials(credentials->certificates);
    free(credentials);
}

/* ---- Transport -------------------------------------------------------------------------- */

static ssize_t transport_pull(gnutls_transport_ptr_t pointer, void *data, size_t size)
{
    struct tls *tls = pointer;
    size_t count = tls->owner.pull(tls->owner.context, data, size);
    TALLY_ASSERT(count <= size);
    if (count == 0) {
        gnutls_transport_set_errno(tls->session, EAGAIN);
        return -1;
    }
    return (ssize_t)count;
}

static ssize_t transport_push(gnutls_transport_ptr_t pointer, const void *data, size_t size)
{
    struct tls *tls = pointer;
    if (!tls->owner.push(tls->owner.context, data, size)) {
        gnutls_transport_set_errno(tls->session, EIO);
        return -1;
    }
    return (ssize_t)size;
}

/* GnuTLS asks whether bytes are there before it waits; a session over memory never waits. */
static int transport_ready(gnutls_transport_ptr_t pointer, unsigned timeout_ms)
{
    (void)pointer;
    (void)timeout_ms;
    return 1;
}

struct tls *tls_new(struct tls_credentials *credentials, bool client, const struct tls_owner *owner)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL) {
        return NULL;
    }
    tls->owner = *owner;
    unsigned flags = GNUTLS_NONBLOCK | GNUTLS_ENABLE_RAWPK | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL;
    if (gnutls_init(&tls->session, flags | (client ? GNUTLS_CLIENT : GNUTLS_SERVER)) !=
        GNUTLS_E_SUCCESS) {
        free(tls);
        return NULL;
    }
    gnutls_session_set_ptr(tls->session, tls);
    gnutls_transport_set_ptr(tls->session, tls);
    gnutls_transport_set_pull_function(tls->session, transport_pull);
    gnutls_transport_set_push_function(tls->session, transport_push);
    gnutls_transport_set_pull_timeout_function(tls->session, transport_ready);
    gnutls_handshake_set_timeout(tls->session, GNUTLS_INDEFINITE_TIMEOUT); /* the owner's clock */
    if (!client) {
        gnutls_certificate_server_set_request(tls->session, GNUTLS_CERT_REQUIRE);
    }
    if (gnutls_priority_set(tls->session, credentials->priorities) != GNUTLS_E_SUCCESS ||
        gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, credentials->certificates) !=
            GNUTLS_E_SUCCESS) {
        tls_free(tls);
        return NULL;
    }
    return tls;
}

/* Gives the record that was read last back to GnuTLS. */
static void packet_end(struct tls *tls)
{
    if (tls->packet != NULL) {
        gnutls_packet_deinit(tls->packet);
        tls->packet = NULL;
    }
}

void tls_free(struct tls *tls)
{
    if (tls == NULL) {
        return;
    }
    packet_end(tls);
    gnutls_deinit(tls->session);
    free(tls);
}

enum tls_result tls_handshake(struct tls *tls)
{
    int result = gnutls_handshake(tls->session);
    if (result == GNUTLS_E_SUCCESS) {
        /* The callback has run, or GnuTLS let somebody in without asking. */
        TALLY_ASSERT(gnutls_protocol_get_version(tls->session) == GNUTLS_TLS1_3);
        return tls->verified ? TLS_OK : TLS_KEY;
    }
    if (gnutls_error_is_fatal(result) == 0) {
        return TLS_AGAIN;
    }
    /* The alert tells a well-meaning peer why; it goes into the buffer like everything else. */
    (void)gnutls_alert_send_appropriate(tls->session, result);
    return tls->refused ? TLS_KEY : TLS_FAILED;
}

/* A listener judges the dialer's key after the dialer believes the handshake done; its refusal
 * comes as an alert. */
static bool alert_blames_key(gnutls_session_t session)
{
    switch (gnutls_alert_get(session)) {
    case GNUTLS_A_BAD_CERTIFICATE:
    case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
    case GNUTLS_A_CERTIFICATE_UNKNOWN:
    case GNUTLS_A_ACCESS_DENIED:
    case GNUTLS_A_CERTIFICATE_REQUIRED:
        return true;
    default:
        return false;
    }
}

enum tls_result tls_receive(struct tls *tls, const uint8_t **data, size_t *size)
{
    TALLY_ASSERT(tls->verified);
    *data = NULL;
    *size = 0;
    packet_end(tls);
    ssize_t result = gnutls_record_recv_packet(tls->session, &tls->packet);
    if (result > 0) {
        gnutls_datum_t bytes;
        gnutls_packet_get(tls->packet, &bytes, NULL);
        TALLY_ASSERT(bytes.size == (size_t)result);
        *data = bytes.data;
        *size = bytes.size;
        return TLS_OK;
    }
    packet_end(tls);
    if (result == 0) {
        return TLS_CLOSED;
    }
    if (gnutls_error_is_fatal((int)result) == 0) {
        return TLS_AGAIN;
    }
    return result == GNUTLS_E_FATAL_ALERT_RECEIVED && alert_blames_key(tls->session) ? TLS_KEY
                                                                                     : TLS_FAILED;
}

enum tls_result tls_send(struct tls *tls, const uint8_t *data, size_t size)
{
    TALLY_ASSERT(tls->verified);
    TALLY_ASSERT(size <= TLS_SEND_SIZE_MAX);
    size_t sent = 0;
    while (sent < size) {
        ssize_t result = gnutls_record_send(tls->session, data + sent, size - sent);
        if (result < 0) {
            return TLS_FAILED; /* push takes everything: there is no "again" here */
        }
        sent += (size_t)result;
    }
    return TLS_OK;
}

void tls_goodbye(struct tls *tls)
{
    (void)gnutls_bye(tls->session, GNUTLS_SHUT_WR);
}
