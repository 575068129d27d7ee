/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Environments as clients gave them to a script that wrote them down: dhclient 4.4.3, dhcpcd 9.4.1 and
 * udhcpc 1.35 beside a dnsmasq. That of odhcp6c is made up in the form of its source.
 */
static char *const dhclient_bound[] = {"interface=h1", "reason=BOUND", "pid=27986",
	"dad_wait_time=0", "old_domain_name_servers=192.0.2.99",
	"new_domain_search=one.example. corp.one.example.", "new_domain_name=one.example",
	"new_network_number=10.11.0.0", "new_routers=10.11.0.1", "new_expiry=1795654407",
	"new_domain_name_servers=10.11.0.1", "new_dhcp_server_identifier=10.11.0.1",
	"new_interface_mtu=1480",
	"new_rfc3442_classless_static_routes=0 10 11 0 1 24 172 16 11 10 11 0 1",
	"new_dhcp_lease_time=120", "new_dhcp_message_type=5", "new_dhcp_rebinding_time=105",
	"new_dhcp_renewal_time=60", "new_broadcast_address=10.11.0.255",
	"new_ip_address=10.11.0.126", "new_ntp_servers=10.11.0.1", "requested_captive_portal=1",
	"new_captive_portal=https://portal.one.example/api", "new_host_name=vm",
	"new_subnet_mask=255.255.255.0", "new_next_server=10.11.0.1", NULL};

static char *const dhclient_bound6[] = {"interface=h1", "reason=BOUND6",
	"new_dhcp6_status_code=success success", "new_max_life=300", "pid=28086",
	"new_dhcp6_name_servers=2001:db8:11::1", "new_ip6_prefixlen=128",
	"new_life_starts=1795654260", "new_iaid=00:00:11:10", "new_preferred_life=300",
	"new_dhcp6_domain_search=v6.one.example.", "new_rebind=259", "new_starts=1795654260",
	"new_dhcp6_server_id=0:1:0:1:32:9a:3e:e6:2:0:0:0:11:1", "new_ip6_address=2001:db8:11::196b",
	"new_renew=150", NULL};

static char *const dhclient_informed6[] = {"interface=h1", "reason=RENEW6",
	"new_dhcp6_info_refresh_time=600", "new_dhcp6_name_servers=2001:db8:11::1",
	"new_dhcp6_domain_search=v6.one.example.", NULL};

static char *const dhcpcd_bound[] = {"interface=h1", "reason=BOUND", "protocol=dhcp", "if_up=true",
	"if_down=false", "ifcarrier=up", "ifmtu=1500", "interface_order=h1",
	"new_domain_name=one.example", "new_routers=10.11.0.1", "new_network_number=10.11.0.0",
	"new_subnet_cidr=24", "new_domain_name_servers=10.11.0.1",
	"new_dhcp_server_identifier=10.11.0.1", "new_dhcp_lease_time=120", "new_interface_mtu=1480",
	"new_dhcp_rebinding_time=105", "new_ip_address=10.11.0.126", "new_ntp_servers=10.11.0.1",
	"new_domain_search=one.example corp.one.example", "new_dhcp_renewal_time=60",
	"new_subnet_mask=255.255.255.0",
	"new_classless_static_routes=0.0.0.0/0 10.11.0.1 172.16.11.0/24 10.11.0.1", NULL};

static char *const dhcpcd_bound6[] = {"interface=h1", "reason=BOUND6", "protocol=dhcp6",
	"if_up=true", "new_dhcp6_status_code=0", "new_dhcp6_name_servers=2001:db8:11::1",
	"new_dhcp6_ia_na1_ia_addr1_pltime=300", "new_dhcp6_ia_na1_iaid=00001110",
	"new_dhcp6_domain_search=v6.one.example", "new_dhcp6_ia_na1_t2=259",
	"new_dhcp6_ia_na1_t1=150", "new_dhcp6_ia_na1_ia_addr1=2001:db8:11::1e52",
	"new_dhcp6_ia_na1_ia_addr1_vltime=300", "new_dhcp6_rapid_commit=", NULL};

static char *const dhcpcd_advertised[] = {"interface=h1", "reason=ROUTERADVERT", "protocol=ra",
	"if_up=true", "nd1_from=fe80::ff:fe00:1101", "nd1_acquired=932", "nd1_now=942",
	"nd1_hoplimit=64", "nd1_lifetime=300", "nd1_flags=MO", "nd1_mtu=1480",
	"nd1_source_address=020000001101", "nd1_prefix_information1_pltime=300",
	"nd1_prefix_information1_flags=LA", "nd1_prefix_information1_vltime=600",
	"nd1_prefix_information1_prefix=2001:db8:11::", "nd1_prefix_information1_length=64",
	"nd1_rdnss1_servers=2001:db8:11::1 fe80::1", "nd1_rdnss1_lifetime=300",
	"nd1_dnssl1_lifetime=300", "nd1_dnssl1_search=v6.one.example", "nd2_from=fe80::22:b",
	"nd2_acquired=942", "nd2_now=942", "nd2_lifetime=0", "nd2_rdnss1_servers=2001:db8:2b::1",
	"nd2_rdnss1_lifetime=4294967295", NULL};

static char *const udhcpc_bound[] = {"interface=h1", "lease=120", "ip=10.11.0.126", "mask=24",
	"opt114=68747470733a2f2f706f7274616c2e6f6e652e6578616d706c652f617069", "ntpsrv=10.11.0.1",
	"broadcast=10.11.0.255", "router=10.11.0.1", "siaddr=10.11.0.1", "domain=one.example",
	"mtu=1480", "dns=10.11.0.1", "serverid=10.11.0.1", "subnet=255.255.255.0",
	"staticroutes=0.0.0.0/0 10.11.0.1 172.16.11.0/24 10.11.0.1",
	"search=one.example corp.one.example", "opt59=00000069", "opt58=0000003c", "opt53=05",
	NULL};

static char *const odhcp6c_updated[] = {"SERVER=fe80::11:1", "RDNSS=2001:db8:11::1",
	"DOMAINS=v6.one.example. ", "NTP_IP=2001:db8:11::1", "NTP_FQDN=ntp.one.example",
	"CAPTIVE_PORTAL_URI=https://portal.one.example/api6",
	"ADDRESSES=2001:db8:11::1e52/128,200,300,150,259",
	"PREFIXES=2001:db8:1100::/56,200,300,1,2",
	"RA_ADDRESSES=2001:db8:11::ff:fe00:1110/64,300,600,0,0",
	"RA_ROUTES=::/0,fe80::11:1,300,512 2001:db8:11::/64,,600,256", "RA_DNS=2001:db8:11::2",
	"RA_DOMAINS=ra.one.example", "RA_MTU=1480", NULL};
