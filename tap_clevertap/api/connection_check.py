"""The connection check: the first request of a run, which lists the account's events.

A failure here means that a setting is wrong, and is reported as that setting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap import errors, logger
from tap_clevertap.api.endpoints import SCHEMA
from tap_clevertap.config.validation import sandbox_hint

if TYPE_CHECKING:
    from tap_clevertap.api.client import Client
    from tap_clevertap.config.settings import Settings


def listed_events(settings: Settings, client: Client) -> list[str]:
    """Return the names of the account's events, sorted.

    Empty, with a warning, where the account does not permit reading its event schema.

    Raises:
        SettingError: The request failed.
    """
    where = f"region, api_url: {settings.base_url}"
    hint = sandbox_hint(settings.base_url)
    try:
        schema = client.list_event_types()
    except errors.InvalidCredentials as error:
        msg = (
            f"account_id, passcode, region: rejected by {settings.base_url} ({error}); expected "
            "the Account ID and a passcode of one project, and the region in its dashboard address"
            f"{hint}"
        )
        raise errors.SettingError(msg) from None
    except errors.ProxyFailed as error:
        msg = (
            "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY: the proxy that the environment names does not "
            f"respond or refuses ({error}); check its address, or name the host in NO_PROXY"
        )
        raise errors.HostUnreachable(msg) from None
    except (errors.ConnectionFailed, errors.TimedOut) as error:
        msg = f"{where} does not respond ({error}); check the host name and the network{hint}"
        raise errors.HostUnreachable(msg) from None
    except (
        errors.EmptyResponse,
        errors.InvalidResponse,
        errors.Redirected,
        errors.ResponseTooLarge,
        errors.NotFound,
    ) as error:
        msg = f"{where} does not respond like CleverTap ({error}); check the address{hint}"
        raise errors.SettingError(msg) from None
    except (errors.Forbidden, errors.MethodNotAllowed, errors.UnknownError) as error:
        logger.warning("the account's event schema cannot be read (%s); continuing", error)
        return []
    names = [one.get("name") if isinstance(one, dict) else None for one in schema]
    found = [name for name in names if name and isinstance(name, str)]
    if skipped := len(names) - len(found):
        many = len(names)
        logger.warning("%s: skipped %d of %d events without a name", SCHEMA.path, skipped, many)
    return sorted(set(found))
