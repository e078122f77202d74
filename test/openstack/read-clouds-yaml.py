# Prints what decides where and how openstacksdk sends a token to the Image service: a line for each environment that it reads,
# both as JSON. Importing openstacksdk takes a second, so it is imported once. It keeps the folders of the environment that it
# was imported in, so it is loaded again, in a process of its own, for each environment.
import importlib, json, os, sys
import openstack.config

def read_cloud():
    importlib.reload(openstack.config.loader)
    config = openstack.config.loader.OpenStackConfig()
    region = config.get_one(cloud='dev')
    listed = [each['name'] for each in config._get_regions('dev')]
    verify, _ = region.get_requests_verify_args()
    interface = region.get_interface('image')
    return {
        'authUrl': region.config['auth'].get('auth_url') if region.config['auth_type'] not in ('none', 'admin_token') else None,
        'region': region.get_region_name('image') or None,
        'regions': [str(each) for each in listed] if len(listed) > 1 else None,
        'interfaces': interface if isinstance(interface, list) else [interface],
        'endpoint': region.get_endpoint('image'),
        'verify': bool(verify),
        'caFile': verify if isinstance(verify, str) else None,
        'forceIpv4': region.force_ipv4,
    }

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.environ.clear()
        os.environ.update(json.loads(line))
        os.chdir(os.environ['HOME'])
        try:
            print(json.dumps(read_cloud()), flush=True)
        except Exception as error:
            print(json.dumps({'error': repr(error)}), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
